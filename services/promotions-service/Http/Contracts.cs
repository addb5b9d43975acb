using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using PromotionsService.Promotions;

namespace PromotionsService.Http;

// Requests and responses. Field names are the published API's; amounts are US dollars with two decimals.

public sealed record CheckRequest(
    [property: Text(128)] string UserId,
    [property: Text(16)] string Country,
    [property: Amount] decimal? Amount);

/// <param name="Discount">0 when no tier applies.</param>
/// <param name="PromotionCode">Null when no tier applies.</param>
public sealed record CheckResponse(decimal Discount, string? PromotionCode, string Description)
{
    public static CheckResponse Of(Tier? tier, long discountCents) =>
        new(Money.ToDollars(discountCents), tier?.Code, tier?.Description ?? "No promotion applies");
}

public sealed record ValidateRequest(
    [property: Key(64)] string CouponCode,
    [property: Text(128)] string UserId,
    [property: Amount] decimal? Amount);

/// <param name="DiscountType">Null for an unknown code.</param>
public sealed record ValidateResponse(bool Valid, decimal Discount, DiscountType? DiscountType, string Message)
{
    public static ValidateResponse Of(Coupon? coupon, CouponCheck check) =>
        new(check.Valid, Money.ToDollars(check.DiscountCents), coupon?.Type, check.Message);
}

public sealed record RedeemRequest(
    [property: Key(64)] string CouponCode,
    [property: Text(128)] string UserId,
    [property: Key(128)] string OrderId);

/// <param name="Replayed">True when the order had used the coupon before; it counts once.</param>
public sealed record RedeemResponse(string CouponCode, string OrderId, DateTimeOffset RedeemedAt, bool Replayed);

/// <param name="DiscountValue">Per cent, or US dollars.</param>
public sealed record CouponResponse(string Code, DiscountType DiscountType, decimal DiscountValue, decimal MinAmount, int RemainingUses)
{
    public static CouponResponse Of(Coupon coupon) => new(
        coupon.Code,
        coupon.Type,
        coupon.Type is Promotions.DiscountType.Fixed ? Money.ToDollars(coupon.Value) : coupon.Value,
        Money.ToDollars(coupon.MinAmountCents),
        coupon.RemainingUses);
}

public sealed record CouponsResponse(IReadOnlyList<CouponResponse> Coupons);

public sealed record RedemptionResponse(string OrderId, string CouponCode, string UserId, DateTimeOffset RedeemedAt)
{
    public static RedemptionResponse Of(Redemption redemption) =>
        new(redemption.OrderId, redemption.CouponCode, redemption.UserId, redemption.RedeemedAt);
}

/// <param name="NextAfter">The value of `after` for the next page; null on the last.</param>
public sealed record RedemptionsResponse(IReadOnlyList<RedemptionResponse> Redemptions, string? NextAfter);

public sealed record HealthResponse([property: AllowedValues("healthy")] string Status)
{
    public static HealthResponse Healthy { get; } = new("healthy");
}

/// <param name="Database">`ok`, or the kind of its failure.</param>
public sealed record ReadyResponse([property: AllowedValues("ready", "not ready")] string Status, string Database);

public sealed record FieldError(string Field, string Message);

/// <summary>RFC 9457, with the ID of the request's trace.</summary>
public sealed record ProblemDocument(
    [property: RegularExpression("^urn:webstore:problem:[a-z-]+$")] string Type,
    string Title,
    int Status,
    string Detail,
    [property: RegularExpression("^[0-9a-f]{32}$"), JsonPropertyName("trace_id")]
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Errors);
