using PromotionsService.Promotions;

namespace PromotionsService.Storage;

/// <summary>For a shop that runs without PostgreSQL: the same rules, and everything is gone at the end of the process.</summary>
public sealed class MemoryCouponStore(TimeProvider clock, IEnumerable<Coupon> initial) : ICouponStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Coupon> _coupons =
        new(initial.ToDictionary(coupon => coupon.Code), StringComparer.Ordinal);
    private readonly SortedDictionary<string, Redemption> _redemptions = new(StringComparer.Ordinal);

    public Task<Coupon?> FindAsync(string code, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_coupons.GetValueOrDefault(code));
        }
    }

    public Task<IReadOnlyList<Coupon>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Coupon>>([.. _coupons.Values]);
        }
    }

    public Task<RedemptionResult> RedeemAsync(
        string orderId, string couponCode, string userId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(Redeem(orderId, couponCode, userId));
        }
    }

    public Task<IReadOnlyList<Redemption>> RedemptionsAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var page = _redemptions.Values.Where(redemption => string.CompareOrdinal(redemption.OrderId, after) > 0).Take(limit);
            return Task.FromResult<IReadOnlyList<Redemption>>([.. page]);
        }
    }

    public Task PingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private RedemptionResult Redeem(string orderId, string couponCode, string userId)
    {
        if (_redemptions.TryGetValue(orderId, out var existing))
        {
            return RedemptionResult.Existing(existing, couponCode);
        }

        if (!_coupons.TryGetValue(couponCode, out var coupon))
        {
            return new RedemptionResult(RedemptionOutcome.Unknown);
        }

        if (coupon.RemainingUses <= 0)
        {
            return new RedemptionResult(RedemptionOutcome.Exhausted);
        }

        _coupons[couponCode] = coupon with { Used = coupon.Used + 1 };
        var redemption = new Redemption(orderId, couponCode, userId, clock.GetUtcNow());
        _redemptions.Add(orderId, redemption);
        return new RedemptionResult(RedemptionOutcome.Redeemed, redemption);
    }
}
