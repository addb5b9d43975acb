using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace PromotionsService.Tests.Support;

public static class Problems
{
    /// <summary>The response is this problem. Its shape is the OpenAPI document's matter.</summary>
    public static async Task<JsonNode> AssertAsync(HttpResponseMessage response, HttpStatusCode status, string name)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        var problem = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal($"urn:webstore:problem:{name}", (string)problem["type"]!);
        Assert.Equal((int)status, (int)problem["status"]!);
        Assert.NotNull(problem["trace_id"]);
        return problem;
    }

    public static IEnumerable<string> Fields(JsonNode problem) => problem["errors"]!.AsArray().Select(error => (string)error!["field"]!);
}
