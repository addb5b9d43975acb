using PromotionsService.Promotions;

namespace PromotionsService.Tests;

/// <summary>What every store must do; each kind of store runs them all.</summary>
public abstract class StoreTests : IAsyncLifetime
{
    protected const string Ten = "TEN"; // uses
    protected const string One = "ONE";

    protected static readonly Coupon[] Coupons =
    [
        new(Ten, DiscountType.Percentage, 10, 50_00, 10),
        new(One, DiscountType.Fixed, 25_00, 0, 1),
    ];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected ICouponStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public abstract ValueTask DisposeAsync();

    protected abstract Task<ICouponStore> OpenAsync();

    [Fact]
    public async Task Coupons_are_listed_by_code()
    {
        Assert.Equal([Coupons[1], Coupons[0]], await Store.ListAsync(Token));
    }

    [Fact]
    public async Task A_coupon_is_found_by_its_exact_code()
    {
        Assert.Equal(Coupons[0], await Store.FindAsync(Ten, Token));
        Assert.Null(await Store.FindAsync("ten", Token));
        Assert.Null(await Store.FindAsync("' or true --", Token));
    }

    [Fact]
    public async Task A_redemption_takes_one_use()
    {
        var result = await RedeemAsync("order-1", Ten);
        Assert.Equal(RedemptionOutcome.Redeemed, result.Outcome);
        Assert.Equal(("order-1", Ten, "user"), (result.Redemption!.OrderId, result.Redemption.CouponCode, result.Redemption.UserId));
        Assert.Equal(9, await RemainingAsync(Ten));
    }

    [Fact]
    public async Task The_same_order_counts_once()
    {
        var first = await RedeemAsync("order-1", Ten);
        var second = await RedeemAsync("order-1", Ten);
        Assert.Equal(RedemptionOutcome.Replayed, second.Outcome);
        Assert.Equal(first.Redemption, second.Redemption);
        Assert.Equal(9, await RemainingAsync(Ten));
    }

    [Fact]
    public async Task Another_coupon_for_the_same_order_is_a_conflict()
    {
        await RedeemAsync("order-1", Ten);
        Assert.Equal(RedemptionOutcome.Conflict, (await RedeemAsync("order-1", One)).Outcome);
        Assert.Equal(RedemptionOutcome.Conflict, (await RedeemAsync("order-1", "UNKNOWN")).Outcome);
        Assert.Equal(1, await RemainingAsync(One));
    }

    [Fact]
    public async Task An_unknown_coupon_is_not_redeemed()
    {
        Assert.Equal(RedemptionOutcome.Unknown, (await RedeemAsync("order-1", "UNKNOWN")).Outcome);
        Assert.Empty(await Store.RedemptionsAsync(null, 10, Token));
    }

    [Fact]
    public async Task An_exhausted_coupon_leaves_no_redemption_and_replays_still_succeed()
    {
        await RedeemAsync("order-1", One);
        Assert.Equal(RedemptionOutcome.Exhausted, (await RedeemAsync("order-2", One)).Outcome);
        Assert.Equal(RedemptionOutcome.Replayed, (await RedeemAsync("order-1", One)).Outcome);
        Assert.Equal("order-1", Assert.Single(await Store.RedemptionsAsync(null, 10, Token)).OrderId);
    }

    [Fact]
    public async Task Of_200_concurrent_redemptions_exactly_ten_get_the_ten_uses()
    {
        var outcomes = await AllAsync(200, i => RedeemAsync($"order-{i}", Ten));
        Assert.Equal(10, outcomes.Count(outcome => outcome is RedemptionOutcome.Redeemed));
        Assert.Equal(190, outcomes.Count(outcome => outcome is RedemptionOutcome.Exhausted));
        Assert.Equal((0, 10), (await RemainingAsync(Ten), (await Store.RedemptionsAsync(null, 500, Token)).Count));
    }

    [Fact]
    public async Task Concurrent_redemptions_of_one_order_count_once()
    {
        var outcomes = await AllAsync(100, _ => RedeemAsync("order-1", Ten));
        Assert.Equal(1, outcomes.Count(outcome => outcome is RedemptionOutcome.Redeemed));
        Assert.Equal(99, outcomes.Count(outcome => outcome is RedemptionOutcome.Replayed));
        Assert.Equal(9, await RemainingAsync(Ten));
    }

    [Fact]
    public async Task Pages_of_redemptions_follow_one_another_by_code_point()
    {
        foreach (var order in new[] { "b", "a", "B", "~", "a1" })
        {
            await RedeemAsync(order, Ten);
        }

        Assert.Equal(["B", "a"], await PageAsync(null, 2));
        Assert.Equal(["a1", "b"], await PageAsync("a", 2));
        Assert.Equal(["~"], await PageAsync("b", 2));
        Assert.Empty(await PageAsync("~", 2));
    }

    [Fact]
    public Task A_store_that_works_responds_to_a_ping() => Store.PingAsync(Token);

    protected Task<RedemptionResult> RedeemAsync(string order, string code) => RedeemAsync(Store, order, code);

    /// <summary>Repeats what a busy machine could not take in time, as callers do.</summary>
    protected static async Task<RedemptionResult> RedeemAsync(ICouponStore store, string order, string code)
    {
        while (true)
        {
            try
            {
                return await store.RedeemAsync(order, code, "user", Token);
            }
            catch (StoreUnavailableException)
            {
                await Task.Yield();
            }
        }
    }

    protected static async Task<IReadOnlyList<RedemptionOutcome>> AllAsync(int count, Func<int, Task<RedemptionResult>> redeem)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => redeem(i), Token)));
        return [.. results.Select(result => result.Outcome)];
    }

    protected async Task<int> RemainingAsync(string code) => (await Store.FindAsync(code, Token))!.RemainingUses;

    private async Task<IEnumerable<string>> PageAsync(string? after, int limit) =>
        (await Store.RedemptionsAsync(after, limit, Token)).Select(redemption => redemption.OrderId);
}
