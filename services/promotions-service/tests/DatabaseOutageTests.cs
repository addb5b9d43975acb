using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>The service and PostgreSQL: traces that reach it, and what callers get while it is away.</summary>
public sealed class DatabaseOutageTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TcpProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _proxy = new TcpProxy(_database.Host, _database.Port);
    }

    public async ValueTask DisposeAsync()
    {
        _proxy?.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_trace_reaches_the_database_by_the_names_of_its_statements()
    {
        await using var service = await StartReadyAsync();
        await RedeemAsync(service, "order-1");
        var server = await service.SpanAsync("POST /api/promotions/redeem-coupon");
        var spans = service.Spans().Where(span => span.TraceId == server.TraceId && span.Kind is ActivityKind.Client).ToList();
        Assert.Equal(["INSERT redemptions", "UPDATE coupons"], spans.Select(span => span.DisplayName));
        Assert.All(spans, span => Assert.Equal(server.SpanId, span.ParentSpanId));
        Assert.Equal(("INSERT", "redemptions", "INSERT redemptions", "postgresql"), (spans[0].GetTagItem("db.operation.name"),
            spans[0].GetTagItem("db.collection.name"), spans[0].GetTagItem("db.query.summary"), spans[0].GetTagItem("db.system.name")));
        Assert.DoesNotContain("order-1", (string)spans[0].GetTagItem("db.query.text")!, StringComparison.Ordinal);
        Assert.DoesNotContain(service.Spans(), span => span.ParentSpanId == default && span.Kind is ActivityKind.Client);
    }

    [Fact]
    public async Task The_pool_is_measured_under_a_short_name_and_shows_no_secret()
    {
        await using var service = await StartReadyAsync();
        await RedeemAsync(service, "order-1");
        await service.SpanAsync("POST /api/promotions/redeem-coupon");
        var metrics = service.Metrics().Where(metric => metric.Name.StartsWith("db.client.", StringComparison.Ordinal)).ToList();
        Assert.Superset(new HashSet<string> { "db.client.operation.duration", "db.client.connection.count", "db.client.connection.max" },
            metrics.Select(metric => metric.Name).ToHashSet());
        var labels = metrics.SelectMany(metric => metric.MetricPoints).SelectMany(Service.Labels).ToList();
        Assert.Contains(labels, label => label is { Key: "db.client.connection.pool.name", Value: "postgresql" });
        var shown = labels.Concat(service.Spans().SelectMany(span => span.TagObjects!)).Select(label => $"{label.Key}={label.Value}")
            .Concat(service.AllLogs().Select(log => $"{log.FormattedMessage} {log.Exception}"));
        Assert.DoesNotContain(shown, text => text.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            || text.Contains("Password", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Without_a_database_the_service_is_alive_and_becomes_ready_when_it_comes()
    {
        await using var service = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Client.GetAsync("/ready")).StatusCode);
        await Problems.AssertAsync(await RedeemAsync(service, "order-1"), HttpStatusCode.ServiceUnavailable, "unavailable");
        var coupons = await service.Client.GetAsync("/api/promotions/coupons");
        await Problems.AssertAsync(coupons, HttpStatusCode.ServiceUnavailable, "unavailable");
        var check = await service.PostAsync("/api/promotions/check", new { userId = "u", country = "DE", amount = 250 });
        Assert.Equal(HttpStatusCode.OK, check.StatusCode); // tiers need no database

        _proxy.Start();
        await ReadyAsync(service);
        Assert.Equal(HttpStatusCode.OK, (await RedeemAsync(service, "order-1")).StatusCode);
        Assert.Equal("database.migrated", service.Logs("database.migrated").Single().Attributes!.Single(a => a.Key == "event.name").Value);
    }

    [Fact]
    public async Task An_outage_is_503_never_500_and_each_order_counts_once()
    {
        await using var service = await StartReadyAsync();
        var statuses = new List<HttpStatusCode>();
        for (var outage = 0; outage < 3; outage++)
        {
            statuses.Add((await RedeemAsync(service, $"order-{outage}")).StatusCode);
            _proxy.Stop();
            statuses.Add((await RedeemAsync(service, $"order-{outage}-lost")).StatusCode);
            _proxy.Start();
            await ReadyAsync(service);
            statuses.Add((await RedeemAsync(service, $"order-{outage}")).StatusCode);
        }

        HttpStatusCode[] each = [HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK];
        Assert.Equal([.. each, .. each, .. each], statuses);
        var redemptions = (await service.Client.GetFromJsonAsync<JsonNode>("/api/promotions/redemptions"))!["redemptions"]!.AsArray();
        Assert.Equal(["order-0", "order-1", "order-2"], redemptions.Select(redemption => (string)redemption!["orderId"]!));

        var line = service.Logs("database.unavailable")[0];
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Error, line.LogLevel);
        Assert.NotEqual(default, line.TraceId);
        Assert.NotEqual(0, service.Value("http.server.request.duration", ("http.response.status_code", "503")));
        var unavailable = service.Points("http.server.request.duration").Select(Service.Labels)
            .Where(labels => labels["http.response.status_code"]!.ToString() == "503");
        Assert.All(unavailable, labels => Assert.NotNull(labels.GetValueOrDefault("error.type")));
        Assert.NotEqual(0, service.Value("webstore.dependency.retries", ("dependency", "postgresql")));
    }

    [Fact]
    public async Task A_server_that_restarts_costs_no_request()
    {
        await using var service = await StartReadyAsync();
        for (var restart = 0; restart < 5; restart++)
        {
            await _database.CutConnectionsAsync();
            Assert.Equal(HttpStatusCode.OK, (await RedeemAsync(service, $"order-{restart}")).StatusCode);
        }
    }

    [Fact]
    public async Task A_crash_is_seen_in_every_signal()
    {
        await using var service = await StartReadyAsync();
        await _database.ExecuteAsync("drop table promotions.redemptions, promotions.coupons");
        var response = await RedeemAsync(service, "order-1");
        var problem = await Problems.AssertAsync(response, HttpStatusCode.InternalServerError, "internal-error");
        Assert.DoesNotContain("relation", problem.ToJsonString(), StringComparison.Ordinal);

        var span = await service.SpanAsync("POST /api/promotions/redeem-coupon");
        Assert.Equal((string)problem["trace_id"]!, span.TraceId.ToHexString());
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Contains(span.Events, e => e.Name == "exception");
        var line = Assert.Single(service.Logs("request.crashed"));
        Assert.Equal((Microsoft.Extensions.Logging.LogLevel.Error, span.TraceId), (line.LogLevel, line.TraceId));
        Assert.NotNull(line.Exception);
        Assert.Contains(new("error.type", "42P01"), line.Attributes!);
        Assert.Single(service.AllLogs(), log => log.LogLevel >= Microsoft.Extensions.Logging.LogLevel.Error);
        Assert.Equal(1, service.Value("http.server.request.duration", ("http.response.status_code", "500"), ("error.type", "42P01")));
    }

    [Fact]
    public async Task Two_services_on_one_database_agree_on_the_last_use()
    {
        await using var one = await StartReadyAsync();
        await using var other = await StartReadyAsync();
        await _database.ExecuteAsync("update promotions.coupons set used = max_uses - 10 where code = 'SAVE20'");
        var statuses = await Task.WhenAll(Enumerable.Range(0, 200)
            .Select(i => RedeemUntilFinalAsync(i % 2 == 0 ? one : other, $"order-{i}")));
        Assert.Equal(10, statuses.Count(status => status is HttpStatusCode.OK));
        Assert.Equal(190, statuses.Count(status => status is HttpStatusCode.Conflict));
    }

    private static Task<HttpResponseMessage> RedeemAsync(Service service, string order) =>
        service.PostAsync("/api/promotions/redeem-coupon", new { couponCode = "SAVE20", userId = "user123", orderId = order });

    /// <summary>Repeats what a busy machine could not take in time, as the outbox does.</summary>
    private static async Task<HttpStatusCode> RedeemUntilFinalAsync(Service service, string order)
    {
        HttpStatusCode status;
        do
        {
            status = (await RedeemAsync(service, order)).StatusCode;
        }
        while (status is HttpStatusCode.ServiceUnavailable);
        return status;
    }

    private async Task<Service> StartReadyAsync()
    {
        if (!_isProxyStarted)
        {
            _proxy.Start();
            _isProxyStarted = true;
        }

        var service = await StartAsync();
        await ReadyAsync(service);
        return service;
    }

    private bool _isProxyStarted;

    private Task<Service> StartAsync() => Service.StartAsync(("DATABASE_URL", _database.UrlAt("127.0.0.1", _proxy.Port)));

    private static Task ReadyAsync(Service service) => Eventually.TrueAsync(
        async () => (await service.Client.GetAsync("/ready")).IsSuccessStatusCode, "the service is ready");
}
