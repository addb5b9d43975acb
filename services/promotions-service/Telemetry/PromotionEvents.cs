using System.Diagnostics;
using System.Diagnostics.Metrics;
using PromotionsService.Promotions;

namespace PromotionsService.Telemetry;

/// <summary>Business facts, one method each: metric, log line and attributes of the request's span together.</summary>
public sealed class PromotionEvents
{
    private static readonly HashSet<string> s_countries = ["US", "UK", "DE", "FR", "JP", "BR", "IN"];
    private static readonly HashSet<string> s_coupons = [.. Coupon.Initial.Select(coupon => coupon.Code)];
    private static readonly double[] s_dollarBounds = [1, 2.5, 5, 10, 25, 50, 75, 100, 150, 250, 500, 1000];

    private readonly ILogger<PromotionEvents> _logger;
    private readonly Counter<long> _checks;
    private readonly Histogram<double> _discounts;
    private readonly Counter<long> _validations;
    private readonly Counter<long> _redemptions;
    private readonly Counter<long> _retries;

    public PromotionEvents(IMeterFactory meters, ILogger<PromotionEvents> logger)
    {
        _logger = logger;
        var meter = meters.Create(Names.Meter);
        _checks = meter.CreateCounter<long>(Names.Metrics.PromotionsChecked, "{check}", "Orders checked for a tier's discount.");
        _discounts = meter.CreateHistogram(Names.Metrics.DiscountAmount, "{USD}", "Discounts granted by tier or valid coupon.",
            tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_dollarBounds });
        _validations = meter.CreateCounter<long>(Names.Metrics.CouponsValidated, "{validation}", "Coupons validated for an order.");
        _redemptions = meter.CreateCounter<long>(Names.Metrics.CouponRedemptions, "{redemption}", "Redemptions of coupons by outcome.");
        _retries = meter.CreateCounter<long>(Names.Metrics.DependencyRetries, "{retry}", "Requests sent again, by cause");
    }

    /// <param name="tier">Null when the order gets no discount.</param>
    public void PromotionChecked(string userId, string country, long amountCents, Tier? tier, long discountCents)
    {
        _checks.Add(1, new(Names.Attributes.Country, CountryLabel(country)), new(Names.Attributes.HasDiscount, Label(tier is not null)));
        RecordDiscount(tier?.Code, discountCents);
        var (amount, discount) = (Dollars(amountCents), Dollars(discountCents));
        Mark(Names.Events.PromotionChecked,
        [
            new(Names.Attributes.User, userId),
            new(Names.Attributes.Country, country),
            new(Names.Attributes.OrderAmount, amount),
            new(Names.Attributes.Promotion, tier?.Code),
            new(Names.Attributes.Discount, discount),
        ]);
        _logger.PromotionChecked(userId, country, amount, tier?.Code, discount);
    }

    /// <param name="coupon">Null when there is no such coupon.</param>
    public void CouponValidated(string userId, long amountCents, Coupon? coupon, CouponCheck check)
    {
        var type = coupon is null ? "unknown" : TypeName(coupon.Type);
        var code = CouponLabel(coupon?.Code);
        _validations.Add(1, new(Names.Attributes.CouponType, type), new(Names.Attributes.CouponValid, Label(check.Valid)));
        RecordDiscount(check.Valid ? code : null, check.DiscountCents);
        var (amount, discount) = (Dollars(amountCents), Dollars(check.DiscountCents));
        Mark(Names.Events.CouponValidated,
        [
            new(Names.Attributes.User, userId),
            new(Names.Attributes.OrderAmount, amount),
            new(Names.Attributes.Coupon, code),
            new(Names.Attributes.CouponIsValid, check.Valid),
            new(Names.Attributes.Discount, discount),
        ]);
        _logger.CouponValidated(userId, amount, code, check.Valid, discount);
    }

    /// <summary>A redemption that is rejected has no line here: the problem document it ends in has one.</summary>
    public void RedemptionEnded(string orderId, string userId, string couponCode, RedemptionOutcome outcome)
    {
        var (code, name) = (CouponLabel(couponCode), OutcomeName(outcome));
        _redemptions.Add(1, new(Names.Attributes.Coupon, code), new(Names.Attributes.Outcome, name));
        Mark(outcome is RedemptionOutcome.Redeemed or RedemptionOutcome.Replayed ? Names.Events.CouponRedeemed : null,
        [
            new(Names.Attributes.Order, orderId),
            new(Names.Attributes.User, userId),
            new(Names.Attributes.Coupon, code),
            new(Names.Attributes.CouponOutcome, name),
        ]);
        if (outcome is RedemptionOutcome.Redeemed or RedemptionOutcome.Replayed)
        {
            _logger.CouponRedeemed(orderId, userId, code, name);
        }
    }

    public void DependencyRetried(string errorType) => _retries.Add(1,
        new(Names.Attributes.Dependency, Names.Database), new(Names.Attributes.ErrorType, errorType));

    private void RecordDiscount(string? promotion, long cents)
    {
        if (promotion is not null)
        {
            _discounts.Record(Dollars(cents), new KeyValuePair<string, object?>(Names.Attributes.Promotion, promotion));
        }
    }

    private static void Mark(string? eventName, ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            Activity.Current?.SetTag(key, value);
        }

        if (eventName is not null)
        {
            Activity.Current?.AddEvent(new ActivityEvent(eventName));
        }
    }

    /// <summary>Telemetry has no decimals; a double shows the same two.</summary>
    private static double Dollars(long cents) => cents / 100.0;

    private static string Label(bool value) => value ? "true" : "false";

    private static string CountryLabel(string country) => s_countries.Contains(country) ? country : Names.Other;

    private static string CouponLabel(string? code) => code is not null && s_coupons.Contains(code) ? code : Names.Other;

    private static string TypeName(DiscountType type) => type is DiscountType.Percentage ? "percentage" : "fixed";

    private static string OutcomeName(RedemptionOutcome outcome) => outcome.ToString().ToLowerInvariant();
}
