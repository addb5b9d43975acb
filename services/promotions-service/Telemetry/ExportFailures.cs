namespace PromotionsService.Telemetry;

/// <summary>
/// Logs, sparsely, that telemetry is not delivered. A collector that is away fails several exports a second: one line a minute
/// says enough.
/// </summary>
/// <param name="services">Resolves the logger at the first failure only: the logger's own exporter reports here too.</param>
public sealed class ExportFailures(IServiceProvider services, TimeProvider clock)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);
    private long _quietUntil;

    public void Report(string reason)
    {
        var (now, quietUntil) = (clock.GetUtcNow().Ticks, Interlocked.Read(ref _quietUntil));
        if (now >= quietUntil && Interlocked.CompareExchange(ref _quietUntil, now + s_interval.Ticks, quietUntil) == quietUntil)
        {
            services.GetRequiredService<ILogger<ExportFailures>>().TelemetryExportFailed(reason);
        }
    }
}
