using Npgsql;
using PromotionsService.Promotions;

namespace PromotionsService.Storage;

/// <summary>Rows as the domain has them.</summary>
internal static class Rows
{
    public static string Name(DiscountType type) => type switch
    {
        DiscountType.Percentage => "percentage",
        DiscountType.Fixed => "fixed",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public static Coupon Coupon(NpgsqlDataReader row) => new(
        row.GetString(0),
        row.GetString(1) == Name(DiscountType.Percentage) ? DiscountType.Percentage : DiscountType.Fixed,
        row.GetInt64(2), row.GetInt64(3), row.GetInt32(4), row.GetInt32(5));

    public static Redemption Redemption(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3));
}

/// <summary>Positional parameters ($1, $2 …).</summary>
internal static class Parameters
{
    public static NpgsqlParameter[] Of(params ReadOnlySpan<object> values)
    {
        var parameters = new NpgsqlParameter[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            parameters[i] = new NpgsqlParameter { Value = values[i] };
        }

        return parameters;
    }
}
