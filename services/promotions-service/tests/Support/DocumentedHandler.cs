using System.Text.Json;

namespace PromotionsService.Tests.Support;

/// <summary>Fails a test whose response is not as the service's own OpenAPI document says.</summary>
public sealed class DocumentedHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private JsonElement? _document;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (request.RequestUri!.AbsolutePath != "/openapi.json" && request.Method != HttpMethod.Head)
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            Check(await DocumentAsync(request.RequestUri, cancellationToken), request, response,
                await response.Content.ReadAsStringAsync(cancellationToken));
        }

        return response;
    }

    private async Task<JsonElement> DocumentAsync(Uri uri, CancellationToken cancellationToken)
    {
        if (_document is null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(uri, "/openapi.json"));
            using var response = await base.SendAsync(request, cancellationToken);
            _document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken)).RootElement;
        }

        return _document.Value;
    }

    private static void Check(JsonElement document, HttpRequestMessage request, HttpResponseMessage response, string body)
    {
        var what = $"{request.Method} {request.RequestUri} {(int)response.StatusCode} {body}";
        var mediaType = response.Content.Headers.ContentType?.MediaType;
        var schema = DocumentedSchema(document, request, response, mediaType, what);
        var violation = new Schema(document).Violation(schema, JsonDocument.Parse(body).RootElement);
        Assert.True(violation is null, $"{violation} in {what}");
        Assert.True(response.StatusCode is not System.Net.HttpStatusCode.ServiceUnavailable
            || mediaType == "application/json" || response.Headers.RetryAfter is not null, what);
    }

    private static JsonElement DocumentedSchema(
        JsonElement document, HttpRequestMessage request, HttpResponseMessage response, string? mediaType, string what)
    {
        var status = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var isOperation = document.GetProperty("paths").TryGetProperty(request.RequestUri!.AbsolutePath, out var path);
        if (!isOperation || !path.TryGetProperty(request.Method.Method.ToLowerInvariant(), out var operation))
        {
            Assert.True(status is "404" or "405", what);
            Assert.Equal("application/problem+json", mediaType);
            return document.GetProperty("components").GetProperty("schemas").GetProperty("ProblemDocument");
        }

        Assert.True(operation.GetProperty("responses").TryGetProperty(status, out var documented), what);
        Assert.True(documented.GetProperty("content").TryGetProperty(mediaType!, out var content), what);
        return content.GetProperty("schema");
    }
}
