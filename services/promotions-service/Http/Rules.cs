using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using Microsoft.OpenApi;
using PromotionsService.Promotions;

namespace PromotionsService.Http;

/// <summary>
/// A rule for a required member of a request. It also writes itself into the OpenAPI document, so the document can't differ from
/// what is checked.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class RuleAttribute : ValidationAttribute
{
    /// <returns>What is wrong with the value, or null.</returns>
    protected abstract string? Violation(object value);

    public abstract void Describe(OpenApiSchema schema);

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var violation = value is null ? "is required" : Violation(value);
        return violation is null ? ValidationResult.Success : new ValidationResult(violation, [validationContext.MemberName!]);
    }
}

/// <summary>Text of any language without control characters, such as NUL, which PostgreSQL does not store.</summary>
public sealed class TextAttribute(int maxLength) : RuleAttribute
{
    /// <summary>Counts code points, as JSON Schema does.</summary>
    protected override string? Violation(object value)
    {
        var (length, hasControls) = (0, false);
        foreach (var rune in ((string)value).EnumerateRunes())
        {
            length++;
            hasControls |= Rune.IsControl(rune);
        }

        return length < 1 || length > maxLength || hasControls
            ? $"must have 1 to {maxLength} characters that are not control characters"
            : null;
    }

    public override void Describe(OpenApiSchema schema) =>
        (schema.MinLength, schema.MaxLength, schema.Pattern) = (1, maxLength, @"^[^\u0000-\u001f\u007f-\u009f]+$");
}

/// <summary>Visible ASCII characters: codes and order IDs, which are keys.</summary>
public sealed class KeyAttribute(int maxLength) : RuleAttribute
{
    protected override string? Violation(object value) => IsKey((string)value, maxLength) ? null : Rule(maxLength);

    public override void Describe(OpenApiSchema schema) =>
        (schema.MinLength, schema.MaxLength, schema.Pattern) = (1, maxLength, Pattern);

    public const string Pattern = "^[!-~]+$";

    public static bool IsKey(string text, int maxLength) =>
        text.Length >= 1 && text.Length <= maxLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    public static string Rule(int maxLength) => $"must have 1 to {maxLength} visible ASCII characters";
}

/// <summary>US dollars, with at most two decimals.</summary>
public sealed class AmountAttribute : RuleAttribute
{
    private const decimal Max = Money.MaxCents / 100m;

    protected override string? Violation(object value) => (decimal)value switch
    {
        < 0 or > Max => $"must be from 0 to {Max.ToString(CultureInfo.InvariantCulture)}",
        var amount when decimal.Round(amount, 2) != amount => "must have at most two decimals",
        _ => null,
    };

    public override void Describe(OpenApiSchema schema) =>
        (schema.Minimum, schema.Maximum, schema.MultipleOf) = ("0", Max.ToString(CultureInfo.InvariantCulture), 0.01m);
}
