namespace PromotionsService.Promotions;

/// <summary>One use of a coupon by an order.</summary>
public sealed record Redemption(string OrderId, string CouponCode, string UserId, DateTimeOffset RedeemedAt);

public enum RedemptionOutcome
{
    /// <summary>The order has used the coupon up now.</summary>
    Redeemed,

    /// <summary>The order had used this coupon before; nothing changed.</summary>
    Replayed,

    /// <summary>The order has used another coupon.</summary>
    Conflict,

    /// <summary>The coupon's last use went to another order.</summary>
    Exhausted,

    /// <summary>There is no such coupon.</summary>
    Unknown,
}

/// <summary>How a redemption ended; <see cref="Redemption"/> is the order's own, where it has one.</summary>
public sealed record RedemptionResult(RedemptionOutcome Outcome, Redemption? Redemption = null)
{
    /// <summary>The outcome for an order that has a redemption already.</summary>
    public static RedemptionResult Existing(Redemption existing, string couponCode) =>
        new(existing.CouponCode == couponCode ? RedemptionOutcome.Replayed : RedemptionOutcome.Conflict, existing);
}
