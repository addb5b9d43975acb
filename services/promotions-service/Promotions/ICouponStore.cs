namespace PromotionsService.Promotions;

/// <summary>Keeps coupons and their redemptions.</summary>
public interface ICouponStore
{
    /// <returns>Null when there is no such coupon.</returns>
    Task<Coupon?> FindAsync(string code, CancellationToken cancellationToken);

    /// <returns>All coupons, by code.</returns>
    Task<IReadOnlyList<Coupon>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Uses a coupon up for an order, at most once an order and never more often than the coupon allows, whatever runs at the
    /// same time.
    /// </summary>
    Task<RedemptionResult> RedeemAsync(string orderId, string couponCode, string userId, CancellationToken cancellationToken);

    /// <param name="after">The order after which the page begins; null is the first page.</param>
    /// <param name="limit">The most redemptions of a page.</param>
    /// <returns>By order ID, compared by code point.</returns>
    Task<IReadOnlyList<Redemption>> RedemptionsAsync(string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Fails when the store can't be used now.</summary>
    Task PingAsync(CancellationToken cancellationToken);
}

/// <summary>The store can't be used now; the same call may succeed later.</summary>
public sealed class StoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
