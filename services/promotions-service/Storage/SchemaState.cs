using Npgsql;
using PromotionsService.Promotions;
using PromotionsService.Telemetry;

namespace PromotionsService.Storage;

/// <summary>Whether the schema is there. Until then the service is alive, but not ready.</summary>
public sealed class SchemaState
{
    private volatile bool _exists;

    public void MarkReady() => _exists = true;

    public void ThrowIfMissing()
    {
        if (!_exists)
        {
            throw new StoreUnavailableException("The database schema is not ready");
        }
    }
}

/// <summary>Migrates at start, or as soon as the database is there: the service does not wait for it.</summary>
public sealed class SchemaMigrator(NpgsqlDataSource database, SchemaState schema, ILogger<SchemaMigrator> logger) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? logged = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                logger.DatabaseMigrated(await Migrations.RunAsync(database, Coupon.Initial, stoppingToken));
                schema.MarkReady();
                return;
            }
            catch (NpgsqlException exception)
            {
                // One line for each kind of failure: an outage of an hour is not an hour of lines.
                var kind = ErrorTypes.Of(exception);
                if (kind != logged)
                {
                    logger.DatabaseUnavailable(exception, kind);
                }

                logged = kind;
                await Task.Delay(s_pause, stoppingToken);
            }
        }
    }
}
