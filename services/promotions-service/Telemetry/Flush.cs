using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace PromotionsService.Telemetry;

/// <summary>Sends what the queues still hold at the end, and does not wait for a collector that is away.</summary>
public static class Flush
{
    private const int TimeoutMilliseconds = 2000;
    private static readonly TimeSpan s_join = TimeSpan.FromMilliseconds(2500);

    /// <summary>
    /// All signals at once: disposed by the host one after the other, each could take its time-out. On threads of their own, as the
    /// exporters block theirs and the pool of a small container has too few.
    /// </summary>
    public static void Run(IServiceProvider services)
    {
        Action[] shutdowns =
        [
            () => services.GetService<TracerProvider>()?.Shutdown(TimeoutMilliseconds),
            () => services.GetService<MeterProvider>()?.Shutdown(TimeoutMilliseconds),
            () => services.GetService<LoggerProvider>()?.Shutdown(TimeoutMilliseconds),
        ];
        var threads = Array.ConvertAll(shutdowns, shutdown => new Thread(() => shutdown()) { IsBackground = true });
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join(s_join));
    }
}
