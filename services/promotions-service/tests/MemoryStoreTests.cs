using PromotionsService.Promotions;
using PromotionsService.Storage;

namespace PromotionsService.Tests;

public sealed class MemoryStoreTests : StoreTests
{
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override Task<ICouponStore> OpenAsync() =>
        Task.FromResult<ICouponStore>(new MemoryCouponStore(TimeProvider.System, Coupons));
}
