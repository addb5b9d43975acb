using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace PromotionsService.Telemetry;

/// <summary>Sends what the queues still hold at the end, and does not wait for a collector that is away.</summary>
public sealed class Flush(IServiceProvider services)
{
    private const int TimeoutMilliseconds = 2000;
    private static readonly TimeSpan s_join = TimeSpan.FromMilliseconds(2500);

    // Absent when telemetry is disabled.
    private readonly TracerProvider? _traces = services.GetService<TracerProvider>();
    private readonly MeterProvider? _metrics = services.GetService<MeterProvider>();
    private readonly LoggerProvider? _logs = services.GetService<LoggerProvider>();

    /// <summary>
    /// All signals at once: disposed by the host one after the other, each could take its time-out. On threads of their own, as the
    /// exporters block theirs and the pool of a small container has too few.
    /// </summary>
    public void Run()
    {
        Action[] shutdowns =
        [
            () => _traces?.Shutdown(TimeoutMilliseconds),
            () => _metrics?.Shutdown(TimeoutMilliseconds),
            () => _logs?.Shutdown(TimeoutMilliseconds),
        ];
        var threads = Array.ConvertAll(shutdowns, shutdown => new Thread(() => shutdown()) { IsBackground = true });
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join(s_join));
    }
}
