using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace PromotionsService.Http;

/// <summary>Which page of a list is asked for.</summary>
/// <param name="After">The order after which the page begins; null is the first page.</param>
public sealed record PageQuery(string? After, int Limit)
{
    public const string AfterName = "after";
    public const string LimitName = "limit";
    public const int MaxAfterLength = 128;
    public const int DefaultLimit = 100;
    public const int MaxLimit = 500;

    /// <returns>The query, or what is wrong with it.</returns>
    public static (PageQuery? Query, IReadOnlyList<FieldError> Errors) Read(IQueryCollection query)
    {
        var errors = new List<FieldError>();
        var after = Optional(query[AfterName], text => KeyAttribute.IsKey(text, MaxAfterLength),
            () => errors.Add(new(AfterName, KeyAttribute.Rule(MaxAfterLength))));
        var limit = Optional(query[LimitName], text => ToLimit(text) is not null,
            () => errors.Add(new(LimitName, $"must be an integer from 1 to {MaxLimit}")));
        return errors.Count > 0
            ? (null, errors)
            : (new PageQuery(after, limit is null ? DefaultLimit : ToLimit(limit)!.Value), errors);
    }

    private static string? Optional(StringValues given, Func<string, bool> isValid, Action reject)
    {
        if (given.Count == 0)
        {
            return null;
        }

        if (given is not [{ } text] || !isValid(text))
        {
            reject();
        }

        return given[0];
    }

    private static int? ToLimit(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : null;
}
