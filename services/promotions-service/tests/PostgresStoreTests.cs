using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PromotionsService.Promotions;
using PromotionsService.Storage;
using PromotionsService.Telemetry;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

public sealed class PostgresStoreTests : StoreTests
{
    private readonly List<NpgsqlDataSource> _pools = [];
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private TestDatabase? _database;

    public override async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools)
        {
            await pool.DisposeAsync();
        }

        await _services.DisposeAsync();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_processes_on_one_database_agree()
    {
        var other = await AnotherProcessAsync();
        var outcomes = await AllAsync(200, i => RedeemAsync(i % 2 == 0 ? Store : other, $"order-{i}", Ten));
        Assert.Equal(10, outcomes.Count(outcome => outcome is RedemptionOutcome.Redeemed));
        Assert.Equal(await Store.RedemptionsAsync(null, 500, Token), await other.RedemptionsAsync(null, 500, Token));
    }

    [Fact]
    public async Task One_order_in_two_processes_at_once_counts_once()
    {
        var other = await AnotherProcessAsync();
        var outcomes = await AllAsync(100, i => RedeemAsync(i % 2 == 0 ? Store : other, "order-1", Ten));
        Assert.Equal(1, outcomes.Count(outcome => outcome is RedemptionOutcome.Redeemed));
        Assert.Equal(9, await RemainingAsync(Ten));
    }

    [Fact]
    public async Task Uses_survive_a_restart()
    {
        await RedeemAsync("order-1", Ten);
        var restarted = await AnotherProcessAsync();
        Assert.Equal(9, (await restarted.FindAsync(Ten, Token))!.RemainingUses);
        Assert.Equal(RedemptionOutcome.Replayed, (await RedeemAsync(restarted, "order-1", Ten)).Outcome);
    }

    [Fact]
    public async Task Migrations_may_run_at_once_and_again()
    {
        await using var database = await TestDatabase.CreateAsync();
        var patient = new NpgsqlConnectionStringBuilder(database.ConnectionString) { CommandTimeout = 30, Timeout = 30 };
        await using var pool = StorageSetup.Connect(patient.ConnectionString);
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Migrations.RunAsync(pool, Coupons, Token)));
        Assert.All(versions, version => Assert.Equal(1, version));
    }

    [Fact]
    public async Task Connections_that_a_restart_of_the_server_cut_are_replaced_within_the_call()
    {
        await AllAsync(20, i => RedeemAsync($"order-{i}", Ten)); // fills the pool
        await _database!.CutConnectionsAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(0, (await Store.FindAsync(Ten, Token))!.RemainingUses);
        }
    }

    [Fact]
    public async Task The_database_itself_rejects_a_use_too_many()
    {
        var exception = await Assert.ThrowsAsync<PostgresException>(() =>
            _database!.ExecuteAsync($"update promotions.coupons set used = max_uses + 1 where code = '{Ten}'"));
        Assert.Equal(PostgresErrorCodes.CheckViolation, exception.SqlState);
    }

    [Fact]
    public async Task Without_its_schema_the_store_is_unavailable()
    {
        var store = new PostgresCouponStore(_pools[0], new SchemaState(), Events());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PingAsync(Token));
    }

    protected override async Task<ICouponStore> OpenAsync()
    {
        _database = await TestDatabase.CreateAsync();
        return await AnotherProcessAsync();
    }

    /// <summary>A store with a pool of its own, which migrates as a process does at its start.</summary>
    private async Task<ICouponStore> AnotherProcessAsync()
    {
        var pool = StorageSetup.Connect(_database!.ConnectionString);
        _pools.Add(pool);
        await Migrations.RunAsync(pool, Coupons, Token);
        var schema = new SchemaState();
        schema.MarkReady();
        return new PostgresCouponStore(pool, schema, Events());
    }

    private PromotionEvents Events() =>
        new(_services.GetRequiredService<IMeterFactory>(), NullLogger<PromotionEvents>.Instance);
}
