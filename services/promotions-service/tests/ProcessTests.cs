using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PromotionsService.Telemetry;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>What only a process shows: its start, its end, its lines and what it delivers.</summary>
public sealed class ProcessTests
{
    private const string Never = "600000"; // ms

    [Fact]
    public async Task The_end_flushes_what_no_export_has_sent()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var service = await ServiceProcess.StartAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url),
            ("OTEL_METRIC_EXPORT_INTERVAL", Never), ("OTEL_BSP_SCHEDULE_DELAY", Never), ("OTEL_BLRP_SCHEDULE_DELAY", Never),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.namespace=shop"));
        await CheckAsync(service);
        var (exitCode, elapsed) = await service.StopAsync();

        Assert.Equal(0, exitCode);
        Assert.True(elapsed < TimeSpan.FromSeconds(5), $"{elapsed}");
        Assert.NotNull(service.Event("service.stopping"));
        foreach (var (signal, text) in new[]
        {
            ("trace", "POST /api/promotions/check"), ("logs", "promotion.checked"), ("logs", "Promotion checked"),
            ("metrics", "promotions_checked"), ("metrics", "http.server.request.duration"), ("metrics", "dotnet.gc.collections"),
            ("trace", "promotions-service"), ("trace", Dns.GetHostName()), ("trace", TelemetrySetup.Version), ("trace", "shop"),
            ("metrics", "deployment.environment.name"), ("logs", "service.stopping"),
        })
        {
            Assert.True(collector.Received(signal, text), $"no {text} in {signal}");
        }
    }

    [Fact]
    public async Task A_collector_that_is_late_gets_what_happened_before()
    {
        var port = FreePort.Find();
        await using var service = await ServiceProcess.StartAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_BLRP_SCHEDULE_DELAY", "50"));
        await CheckAsync(service);
        await Eventually.TrueAsync(() => service.Event("telemetry.export_failed") is not null, "an export has failed");

        await using var collector = await OtlpCollector.StartAsync(port);
        await Eventually.TrueAsync(() => collector.Received("trace", "POST /api/promotions/check"), "the spans of the outage arrive");
        await Eventually.TrueAsync(() => collector.Received("logs", "promotion.checked"), "the log records of the outage arrive");
        Assert.Single(service.Lines, line => ServiceProcess.IsEvent(line, "telemetry.export_failed"));
        Assert.False(collector.Received("logs", "telemetry.export_failed"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_collector_that_is_away_or_silent_harms_neither_requests_nor_the_end(bool silent)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0); // takes connections and says nothing
        listener.Start();
        var port = silent ? ((IPEndPoint)listener.LocalEndpoint).Port : FreePort.Find();
        await using var service = await ServiceProcess.StartAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50"), ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_BLRP_SCHEDULE_DELAY", "50"));
        for (var i = 0; i < 200; i++)
        {
            await CheckAsync(service);
        }

        var (exitCode, elapsed) = await service.StopAsync();
        Assert.Equal(0, exitCode);
        Assert.True(elapsed < TimeSpan.FromSeconds(8), $"{elapsed}");
    }

    [Fact]
    public async Task With_the_sdk_disabled_nothing_is_sent()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var service = await ServiceProcess.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50"), ("OTEL_BSP_SCHEDULE_DELAY", "50"), ("OTEL_BLRP_SCHEDULE_DELAY", "50"));
        await CheckAsync(service);
        Assert.Equal(0, (await service.StopAsync()).ExitCode);
        Assert.Equal(0, collector.Count);
        Assert.NotNull(service.Event("promotion.checked"));
    }

    [Fact]
    public async Task Lines_have_the_keys_of_the_other_services()
    {
        await using var service = await ServiceProcess.StartAsync(("OTEL_SDK_DISABLED", "true"), ("OTEL_SERVICE_NAME", "renamed"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/promotions/check")
        {
            Content = new StringContent("""{"userId":"ü\u202e𝄞","country":"DE","amount":250.10}""", null, "application/json"),
        };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await service.Client.SendAsync(request);
        await Eventually.TrueAsync(() => service.Event("promotion.checked") is not null, "promotion.checked");

        var line = service.Event("promotion.checked")!.Value;
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", line.GetProperty("timestamp").GetString());
        Assert.Equal(["info", "Promotion checked", "renamed", "0af7651916cd43dd8448eb211c80319c"],
            new[] { "level", "message", "service.name", "trace_id" }.Select(key => line.GetProperty(key).GetString()));
        Assert.Matches("^[0-9a-f]{16}$", line.GetProperty("span_id").GetString());
        Assert.Equal(250.1, line.GetProperty("order.amount").GetDouble());
        Assert.Equal("ü\u202e𝄞", line.GetProperty("user.id").GetString());
        Assert.All(service.Lines, each => Assert.Distinct(each.EnumerateObject().Select(member => member.Name)));
        Assert.All(service.Lines, each => Assert.DoesNotMatch(@"\{\w+\}", each.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task The_log_level_is_for_both_outputs()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var service = ServiceProcess.Launch(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("LOG_LEVEL", "error"), ("PORT", $"{FreePort.Find()}"),
            ("DATABASE_URL", "postgresql://u:p@127.0.0.1:1/d"));
        await Eventually.TrueAsync(() => service.Lines.Count > 0, "the first line");
        await service.StopAsync();
        Assert.Equal("database.unavailable", Assert.Single(service.Lines).GetProperty("event.name").GetString());
        Assert.True(collector.Received("logs", "database.unavailable"));
        Assert.False(collector.Received("logs", "service.stopping"));
    }

    [Theory]
    [InlineData("PORT", "many")]
    [InlineData("LOG_LEVEL", "loud")]
    [InlineData("DATABASE_URL", "mysql://u:s3cret@h/d")]
    public async Task A_setting_that_can_t_be_used_ends_the_process_with_one_line(string variable, string value)
    {
        await using var service = ServiceProcess.Launch((variable, value));
        Assert.Equal(1, await service.ExitAsync());
        var line = Assert.Single(service.Lines);
        Assert.Contains(variable, line.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", line.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_process_with_one_line()
    {
        using var listener = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var service = ServiceProcess.Launch(("PORT", $"{port}"), ("OTEL_SDK_DISABLED", "true"));
        Assert.Equal(1, await service.ExitAsync());
        Assert.Matches($":{port}.*in use", Assert.Single(service.Lines).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Starts_where_no_file_can_be_watched()
    {
        const string Script = "echo 0 >/proc/sys/user/max_inotify_instances && exec dotnet \"$0\"";
        await using var service = ServiceProcess.Launch(["unshare", "-Ur", "sh", "-c", Script], ("OTEL_SDK_DISABLED", "true"));
        await Eventually.TrueAsync(() => service.HasPrinted || service.HasExited, "the process prints or ends");
        Assert.SkipWhen(service.HasPrintedOtherThanJson, "unshare can't make a user namespace here");
        await service.StartedAsync();
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health")).StatusCode);
    }

    [Fact]
    public async Task A_kill_in_the_middle_neither_loses_nor_doubles_a_use()
    {
        await using var database = await TestDatabase.CreateAsync();
        var settings = new[] { ("DATABASE_URL", database.Url), ("OTEL_SDK_DISABLED", "true") };
        await using var killed = await ServiceProcess.StartAsync(settings);
        await ReadyAsync(killed);
        var orders = Enumerable.Range(0, 300).Select(i => $"order-{i}").ToList();
        var redeemed = orders.Select(order => TryRedeemAsync(killed, order)).ToList();
        await Task.WhenAny(redeemed);
        await killed.KillAsync();
        var acknowledged = (await Task.WhenAll(redeemed)).Count(status => status is HttpStatusCode.OK);

        await using var service = await ServiceProcess.StartAsync(settings);
        await ReadyAsync(service);
        foreach (var order in orders)
        {
            Assert.Equal(HttpStatusCode.OK, await TryRedeemAsync(service, order));
        }

        using var coupons = JsonDocument.Parse(await service.Client.GetStringAsync("/api/promotions/coupons"));
        var remaining = coupons.RootElement.GetProperty("coupons").EnumerateArray()
            .Single(coupon => coupon.GetProperty("code").ValueEquals("SAVE20")).GetProperty("remainingUses").GetInt32();
        Assert.Equal(500 - orders.Count, remaining);
        Assert.InRange(acknowledged, 1, orders.Count - 1);
    }

    private static async Task CheckAsync(ServiceProcess service)
    {
        var response = await service.PostAsync("/api/promotions/check", new { userId = "user123", country = "DE", amount = 250.10 });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <returns>The status, or null when there was no response.</returns>
    private static async Task<HttpStatusCode?> TryRedeemAsync(ServiceProcess service, string order)
    {
        try
        {
            HttpStatusCode status;
            do
            {
                var body = new { couponCode = "SAVE20", userId = "u", orderId = order };
                status = (await service.PostAsync("/api/promotions/redeem-coupon", body)).StatusCode;
            }
            while (status is HttpStatusCode.ServiceUnavailable);
            return status;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static Task ReadyAsync(ServiceProcess service) => Eventually.TrueAsync(
        async () => (await service.Client.GetAsync("/ready")).IsSuccessStatusCode, "the service is ready");

}
