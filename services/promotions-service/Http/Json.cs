using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PromotionsService.Http;

/// <summary>Reads JSON strictly: what is accepted is what the OpenAPI document says.</summary>
public static class Json
{
    public static void Configure(JsonSerializerOptions options)
    {
        options.AllowDuplicateProperties = false; // of two amounts, which one is the caller's?
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict; // "12.50" is no number
        options.Converters.Add(new DecimalConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }
}

/// <summary>Reads decimals without loss: the built-in converter rounds what a decimal can't hold.</summary>
public sealed class DecimalConverter : JsonConverter<decimal>
{
    /// <summary>Digits that a decimal holds for sure; an amount of money has far fewer.</summary>
    private const int MaxLength = 28;

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        var text = Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        if (text.Length > MaxLength || !decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || (value == 0 && !IsZero(text)))
        {
            throw new JsonException();
        }

        return value;
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <summary>1e-99 becomes 0 in a decimal.</summary>
    private static bool IsZero(string number) =>
        !number.TakeWhile(character => character is not ('e' or 'E')).Any(digit => digit is >= '1' and <= '9');
}
