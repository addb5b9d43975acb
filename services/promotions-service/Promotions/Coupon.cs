namespace PromotionsService.Promotions;

public enum DiscountType
{
    /// <summary>The value is a whole number of per cent.</summary>
    Percentage,

    /// <summary>The value is cents.</summary>
    Fixed,
}

/// <summary>What a coupon is worth to an order, or why it is not valid for it.</summary>
public sealed record CouponCheck(bool Valid, long DiscountCents, string Message)
{
    public static CouponCheck Unknown { get; } = Invalid("Invalid coupon code");

    public static CouponCheck Invalid(string message) => new(false, 0, message);
}

/// <summary>A code that buyers may enter. It can be used a number of times in all, by whoever comes first.</summary>
public sealed record Coupon(string Code, DiscountType Type, long Value, long MinAmountCents, int MaxUses, int Used = 0)
{
    /// <summary>The coupons of the shop. A database gets those that it does not have; uses are never reset.</summary>
    public static IReadOnlyList<Coupon> Initial { get; } =
    [
        new("WELCOME10", DiscountType.Percentage, 10, 50_00, 1000),
        new("SAVE20", DiscountType.Percentage, 20, 100_00, 500),
        new("FLAT50", DiscountType.Fixed, 50_00, 200_00, 300),
        new("BIGORDER", DiscountType.Percentage, 15, 500_00, 100),
        new("NEWUSER", DiscountType.Fixed, 25_00, 75_00, 2000),
    ];

    public int RemainingUses => MaxUses - Used;

    /// <summary>Uses nothing up. The discount is never above the amount.</summary>
    public CouponCheck Check(long amountCents)
    {
        if (RemainingUses <= 0)
        {
            return CouponCheck.Invalid("Coupon has expired or reached maximum uses");
        }

        return amountCents < MinAmountCents
            ? CouponCheck.Invalid($"Minimum order amount of ${MinAmountCents / 100} required")
            : new CouponCheck(true, Discount(amountCents), $"Coupon applied: {Worth}");
    }

    private string Worth => Type is DiscountType.Percentage ? $"{Value}% off" : $"{Value / 100} USD off";

    private long Discount(long amountCents) =>
        Math.Min(amountCents, Type is DiscountType.Percentage ? Money.Percent(amountCents, (int)Value) : Value);
}
