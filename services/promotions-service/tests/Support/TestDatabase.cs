using Microsoft.Extensions.Configuration;
using Npgsql;
using PromotionsService.Config;

namespace PromotionsService.Tests.Support;

/// <summary>An empty database of its own for a test, on the server of TEST_DATABASE_URL; without one, the test is skipped.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private const string Variable = "TEST_DATABASE_URL";
    private readonly Uri _server;
    private readonly string _name = $"promotions_test_{Guid.NewGuid():N}";

    private TestDatabase(Uri server) => _server = server;

    public string Url => UrlAt(_server.Host, _server.Port);

    public string Host => _server.Host;

    public int Port => _server.Port;

    public string ConnectionString => Parse(Url);

    public static async Task<TestDatabase> CreateAsync()
    {
        var url = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(url), $"{Variable} names no PostgreSQL server");
        var database = new TestDatabase(new Uri(url!));
        await database.OnServerAsync($"create database {database._name}");
        return database;
    }

    /// <summary>The same database behind another address, such as a proxy's.</summary>
    public string UrlAt(string host, int port) =>
        new UriBuilder(_server) { Host = host, Port = port, Path = _name }.Uri.ToString();

    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends every connection of the service, as a restart of the server does.</summary>
    public Task CutConnectionsAsync() => OnServerAsync(
        $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{_name}' and pid <> pg_backend_pid()");

    public async ValueTask DisposeAsync() => await OnServerAsync($"drop database {_name} with (force)");

    private async Task OnServerAsync(string sql)
    {
        var builder = new NpgsqlConnectionStringBuilder(Parse(_server.ToString())) { Pooling = false, CommandTimeout = 30 };
        await using var source = NpgsqlDataSource.Create(builder.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static string Parse(string url) => Settings.Load(
        new ConfigurationBuilder().AddInMemoryCollection([new("DATABASE_URL", url)]).Build()).ConnectionString!;
}
