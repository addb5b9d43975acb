using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PromotionsService.Tests.Support;

/// <summary>The part of JSON Schema that the service's OpenAPI document uses. A keyword that is not known here fails the test.</summary>
public sealed class Schema(JsonElement document)
{
    /// <returns>What is wrong with the value, or null.</returns>
    public string? Violation(JsonElement schema, JsonElement value, string path = "$")
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            if (Violation(keyword, schema, value, path) is { } violation)
            {
                return violation;
            }
        }

        return null;
    }

    private string? Violation(JsonProperty keyword, JsonElement schema, JsonElement value, string path)
    {
        var (isText, isNumber, isObject) =
            (value.ValueKind is JsonValueKind.String, value.ValueKind is JsonValueKind.Number, value.ValueKind is JsonValueKind.Object);
        switch (keyword.Name)
        {
            case "$ref":
                return Violation(Resolve(keyword.Value.GetString()!), value, path);
            case "type":
                return Check(Types(keyword.Value).Any(type => IsOfType(value, type)), path, "type");
            case "enum":
                return Check(keyword.Value.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value)), path, "enum");
            case "oneOf":
                return Check(keyword.Value.EnumerateArray().Count(one => Violation(one, value, path) is null) == 1, path, "oneOf");
            case "minLength":
                return Check(!isText || Length(value) >= keyword.Value.GetInt32(), path, "minLength");
            case "maxLength":
                return Check(!isText || Length(value) <= keyword.Value.GetInt32(), path, "maxLength");
            case "pattern":
                return Check(!isText || IsMatch(value, keyword.Value), path, "pattern");
            case "minimum":
                return Check(!isNumber || ExactNumber.Of(value).CompareTo(ExactNumber.Of(keyword.Value)) >= 0, path, "minimum");
            case "maximum":
                return Check(!isNumber || ExactNumber.Of(value).CompareTo(ExactNumber.Of(keyword.Value)) <= 0, path, "maximum");
            case "multipleOf":
                return Check(!isNumber || ExactNumber.Of(value).IsMultipleOf(ExactNumber.Of(keyword.Value)), path, "multipleOf");
            case "required":
                return Check(!isObject || keyword.Value.EnumerateArray().All(name => Has(value, name)), path, "required");
            case "properties":
                return isObject ? PropertiesViolation(keyword.Value, value, path) : null;
            case "items":
                return value.ValueKind is JsonValueKind.Array ? ItemsViolation(keyword.Value, value, path) : null;
            case "format":
                return Check(IsOfFormat(value, keyword.Value.GetString()), path, "format");
            case "description" or "default":
                return null;
            default:
                return $"{path}: {keyword.Name} is not known to this test: {schema}";
        }
    }

    private string? PropertiesViolation(JsonElement properties, JsonElement value, string path) => properties.EnumerateObject()
        .Where(property => value.TryGetProperty(property.Name, out _))
        .Select(property => Violation(property.Value, value.GetProperty(property.Name), $"{path}.{property.Name}"))
        .FirstOrDefault(found => found is not null);

    private string? ItemsViolation(JsonElement schema, JsonElement value, string path) => value.EnumerateArray()
        .Select((item, i) => Violation(schema, item, $"{path}[{i}]"))
        .FirstOrDefault(found => found is not null);

    private static bool Has(JsonElement value, JsonElement name) => value.TryGetProperty(name.GetString()!, out _);

    private static bool IsMatch(JsonElement value, JsonElement pattern) =>
        Regex.IsMatch(value.GetString()!, pattern.GetString()!.Replace("$", "\\z", StringComparison.Ordinal)); // as JavaScript has it

    private static bool IsOfFormat(JsonElement value, string? format) => format switch
    {
        "int32" => true, // the type says it
        "date-time" => value.TryGetDateTimeOffset(out _),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    private JsonElement Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(document, (element, name) => element.GetProperty(name));

    private static string? Check(bool holds, string path, string keyword) => holds ? null : $"{path}: {keyword}";

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind is JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!) : [type.GetString()!];

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "null" => value.ValueKind is JsonValueKind.Null,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "string" => value.ValueKind is JsonValueKind.String,
        "number" => value.ValueKind is JsonValueKind.Number,
        "integer" => value.ValueKind is JsonValueKind.Number && ExactNumber.Of(value).IsMultipleOf(new ExactNumber(1, 0)),
        "object" => value.ValueKind is JsonValueKind.Object,
        "array" => value.ValueKind is JsonValueKind.Array,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static int Length(JsonElement text) => text.GetString()!.EnumerateRunes().Count();
}

/// <summary>A JSON number, exactly: digits and a power of ten.</summary>
public readonly record struct ExactNumber(BigInteger Digits, int Exponent)
{
    private const int LargestExponent = 1000;

    public static ExactNumber Of(JsonElement number)
    {
        var parts = number.GetRawText().ToLowerInvariant().Split('e');
        var (whole, fraction) = parts[0].Split('.') is [var w, var f] ? (w, f) : (parts[0], "");
        var exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return new ExactNumber(BigInteger.Parse(whole + fraction, CultureInfo.InvariantCulture), exponent - fraction.Length);
    }

    public int CompareTo(ExactNumber other)
    {
        var (left, right) = Align(other);
        return left.CompareTo(right);
    }

    public bool IsMultipleOf(ExactNumber other)
    {
        var (left, right) = Align(other);
        return BigInteger.Remainder(left, right).IsZero;
    }

    private (BigInteger Left, BigInteger Right) Align(ExactNumber other)
    {
        var least = Math.Max(Math.Min(Exponent, other.Exponent), -LargestExponent);
        return (Scale(least), other.Scale(least));
    }

    private BigInteger Scale(int exponent) => Digits * BigInteger.Pow(10, Math.Clamp(Exponent - exponent, 0, LargestExponent));
}
