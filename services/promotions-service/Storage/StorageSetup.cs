using Npgsql;
using PromotionsService.Config;
using PromotionsService.Promotions;
using PromotionsService.Telemetry;

namespace PromotionsService.Storage;

public static class StorageSetup
{
    public static void AddStorage(this IServiceCollection services, Settings settings)
    {
        if (settings.ConnectionString is not { } connectionString)
        {
            services.AddSingleton<ICouponStore>(provider =>
                new MemoryCouponStore(provider.GetRequiredService<TimeProvider>(), Coupon.Initial));
            return;
        }

        services.AddSingleton(_ => Connect(connectionString));
        services.AddSingleton<SchemaState>();
        services.AddSingleton<ICouponStore, PostgresCouponStore>();
        services.AddHostedService<SchemaMigrator>();
    }

    /// <summary>Opens no connection yet: a database that is away is no reason not to start.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.AddTelemetry();
        return builder.Build();
    }
}
