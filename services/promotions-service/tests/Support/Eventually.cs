using System.Diagnostics;

namespace PromotionsService.Tests.Support;

/// <summary>The one way to wait in tests: poll until it is so, or fail at the deadline. It suits a machine that is busy.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < s_deadline, $"waited in vain: {what}");
            await Task.Delay(s_pause, TestContext.Current.CancellationToken);
        }
    }
}
