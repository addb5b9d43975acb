namespace PromotionsService.Promotions;

/// <summary>Amounts are whole cents of a US dollar. Only JSON has dollars.</summary>
public static class Money
{
    /// <summary>The largest amount of an order, ten times what payments-service charges: no order is too large to check.</summary>
    public const long MaxCents = 10_000_000_00;

    /// <summary>A share of an amount, rounded half up to a cent.</summary>
    /// <param name="cents">From 0 to <see cref="MaxCents"/>.</param>
    /// <param name="percent">From 0 to 100.</param>
    public static long Percent(long cents, int percent) => (cents * percent + 50) / 100;

    /// <param name="cents">Whole cents.</param>
    /// <returns>Dollars, for JSON only.</returns>
    public static decimal ToDollars(long cents) => cents / 100m;

    /// <param name="dollars">With at most two decimals.</param>
    /// <returns>Whole cents.</returns>
    public static long ToCents(decimal dollars) => (long)(dollars * 100);
}
