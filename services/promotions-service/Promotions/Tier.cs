namespace PromotionsService.Promotions;

/// <summary>A discount for every order above an amount, without a coupon.</summary>
public sealed record Tier(string Code, long AboveCents, int Percent)
{
    /// <summary>From the largest down: an order gets the first that it reaches.</summary>
    public static IReadOnlyList<Tier> All { get; } =
    [
        new("BIG_ORDER_10", 500_00, 10),
        new("MEDIUM_ORDER_5", 200_00, 5),
        new("SMALL_ORDER_3", 100_00, 3),
    ];

    public string Description => $"{Percent}% off orders over {AboveCents / 100} USD";

    public static Tier? Of(long amountCents) => All.FirstOrDefault(tier => amountCents > tier.AboveCents);

    public long Discount(long amountCents) => Money.Percent(amountCents, Percent);
}
