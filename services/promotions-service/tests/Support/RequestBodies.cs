using System.Text.Json;
using System.Text.Json.Nodes;

namespace PromotionsService.Tests.Support;

/// <summary>Bodies for a request's schema, the same ones each time: some valid, some with a member that is missing, odd or wrong.</summary>
public sealed class RequestBodies(JsonElement schema, int seed)
{
    private static readonly string[] s_texts =
    [
        "\"u\"", "\"SAVE20\"", "\"FLAT50\"", "\"ünïcode\"", "\"𝄞\"", "\"a b\"", "\"~!\"", "\"' or 1=1 --\"", "\"\\u202e\"", "\"\"",
        "\"\\u0000\"", "\"\\r\\n\"", "\"\\u007f\"", "\"\\u0085\"", "\"%00\"", "\"{0}\"", "\"\\\\\"",
        $"\"{new string('x', 16)}\"", $"\"{new string('x', 17)}\"", $"\"{new string('x', 64)}\"", $"\"{new string('x', 65)}\"",
        $"\"{new string('x', 128)}\"", $"\"{new string('x', 129)}\"", $"\"{new string('ü', 128)}\"", $"\"{new string('x', 9000)}\"",
    ];

    private static readonly string[] s_numbers =
    [
        "0", "-0", "1", "100", "100.01", "0.01", "0.1", "1e2", "1E+3", "99999.99", "10000000", "10000000.01", "0.001", "0.005", "-0.01",
        "1e-2", "1e-3", "1e27", "1e40", "1e-40", "123456789012345678", "0.10000", "1.005",
    ];

    private static readonly string[] s_others = ["null", "true", "false", "[]", "{}", "[null]", "{\"a\":1}"];

    private readonly Random _random = new(seed);

    public JsonElement Next()
    {
        var members = schema.GetProperty("properties").EnumerateObject()
            .Where(_ => _random.Next(20) > 0)
            .Select(member => $"\"{member.Name}\":{Value(member.Value.GetProperty("type").GetString()!)}");
        var unknown = _random.Next(10) == 0 ? new[] { $"\"other\":{Any()}" } : [];
        return JsonDocument.Parse($"{{{string.Join(',', members.Concat(unknown))}}}").RootElement;
    }

    private string Value(string type) => _random.Next(10) switch
    {
        0 => Any(),
        _ => Pick(type == "string" ? s_texts : s_numbers),
    };

    private string Any() => Pick([.. s_texts, .. s_numbers, .. s_others]);

    private string Pick(string[] values) => values[_random.Next(values.Length)];
}

public static class JsonNodes
{
    public static JsonElement Deserialize(this JsonNode node) => JsonDocument.Parse(node.ToJsonString()).RootElement;
}
