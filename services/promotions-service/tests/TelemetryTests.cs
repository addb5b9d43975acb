using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using PromotionsService.Telemetry;
using PromotionsService.Tests.Support;

namespace PromotionsService.Tests;

/// <summary>Each signal of each business fact, as an engine would receive it.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private const string CallerTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string CallerSpan = "b7ad6b7169203331";
    private Service _service = null!;

    public async ValueTask InitializeAsync() => _service = await Service.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Theory]
    [InlineData("01")]
    [InlineData("00")] // the caller's flag must not switch traces off
    public async Task The_trace_goes_on_from_the_caller(string flags)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/promotions/coupons");
        request.Headers.Add("traceparent", $"00-{CallerTrace}-{CallerSpan}-{flags}");
        request.Headers.Add("baggage", "user.email=a%40b.example");
        await _service.Client.SendAsync(request);

        var span = await _service.SpanAsync("GET /api/promotions/coupons");
        Assert.Equal((CallerTrace, CallerSpan), (span.TraceId.ToHexString(), span.ParentSpanId.ToHexString()));
        Assert.True(span.Recorded);
        Assert.Empty(span.Baggage);
        Assert.Equal(200, span.GetTagItem("http.response.status_code"));
        Assert.Equal("/api/promotions/coupons", span.GetTagItem("http.route"));
        Assert.Equal("127.0.0.1", span.GetTagItem("client.address"));
    }

    [Fact]
    public void No_baggage_goes_out_in_either_layer()
    {
        using var activity = new Activity("call").AddBaggage("secret", "1").Start();
        Baggage.SetBaggage("secret", "2");
        var sent = new Dictionary<string, string?>();
        DistributedContextPropagator.Current.Inject(activity, sent, (_, name, value) => sent[name] = value);
        OpenTelemetry.Context.Propagation.Propagators.DefaultTextMapPropagator.Inject(
            new(activity.Context, Baggage.Current), sent, (carrier, name, value) => carrier[name] = value);
        Assert.Equal(["traceparent"], sent.Keys);
        Baggage.ClearBaggage();
    }

    [Fact]
    public async Task A_checked_promotion_is_reported_in_every_signal()
    {
        await _service.PostAsync("/api/promotions/check", new { userId = "user123", country = "DE", amount = 250.1 });
        await _service.PostAsync("/api/promotions/check", new { userId = "user123", country = "Atlantis", amount = 1 });

        var span = (await SpansAsync("POST /api/promotions/check", 2))[0];
        AssertAttributes(span, ("user.id", "user123"), ("country", "DE"), ("order.amount", 250.1), ("promotion.id", "MEDIUM_ORDER_5"),
            ("promotion.discount", 12.51));
        Assert.Equal("promotion.checked", Assert.Single(span.Events).Name);
        AssertLog("promotion.checked", span, "Promotion checked", ("user.id", "user123"), ("country", "DE"), ("order.amount", 250.1),
            ("promotion.id", "MEDIUM_ORDER_5"), ("promotion.discount", 12.51));

        Assert.Equal(1, _service.Value("promotions_checked", ("country", "DE"), ("has_discount", "true")));
        Assert.Equal(1, _service.Value("promotions_checked", ("country", "other"), ("has_discount", "false")));
        Assert.Equal(1, _service.Value("promotion_discount_amount_usd", ("promotion.id", "MEDIUM_ORDER_5")));
        Assert.Single(_service.Points("promotion_discount_amount_usd")); // no discount is no measurement
    }

    [Fact]
    public async Task A_validated_coupon_is_reported_in_every_signal()
    {
        await _service.PostAsync("/api/promotions/validate-coupon", new { couponCode = "SAVE20", userId = "user123", amount = 100 });
        await _service.PostAsync("/api/promotions/validate-coupon", new { couponCode = "I-AM-NO-LABEL", userId = "user123", amount = 100 });

        var spans = await SpansAsync("POST /api/promotions/validate-coupon", 2);
        AssertAttributes(spans[0], ("user.id", "user123"), ("coupon.code", "SAVE20"), ("coupon.valid", true),
            ("order.amount", 100.0), ("promotion.discount", 20.0));
        AssertAttributes(spans[1], ("coupon.code", "other"), ("coupon.valid", false));
        AssertLog("coupon.validated", spans[0], "Coupon validated", ("coupon.code", "SAVE20"), ("coupon.valid", true));
        Assert.Equal(1, _service.Value("coupons_validated", ("coupon_type", "percentage"), ("valid", "true")));
        Assert.Equal(1, _service.Value("coupons_validated", ("coupon_type", "unknown"), ("valid", "false")));
        Assert.Equal(1, _service.Value("promotion_discount_amount_usd", ("promotion.id", "SAVE20")));
    }

    [Fact]
    public async Task A_redeemed_coupon_is_reported_in_every_signal()
    {
        foreach (var code in new[] { "SAVE20", "SAVE20", "FLAT50" })
        {
            await _service.PostAsync("/api/promotions/redeem-coupon", new { couponCode = code, userId = "user123", orderId = "order-1" });
        }

        await _service.PostAsync("/api/promotions/redeem-coupon", new { couponCode = "NOPE", userId = "user123", orderId = "order-2" });
        var spans = await SpansAsync("POST /api/promotions/redeem-coupon", 4);
        AssertAttributes(spans[0], ("order.id", "order-1"), ("user.id", "user123"), ("coupon.code", "SAVE20"),
            ("coupon.outcome", "redeemed"));
        Assert.Equal(["redeemed", "replayed", "conflict", "unknown"], spans.Select(span => span.GetTagItem("coupon.outcome")));
        AssertLog("coupon.redeemed", spans[0], "Coupon redeemed", ("order.id", "order-1"), ("coupon.code", "SAVE20"),
            ("coupon.outcome", "redeemed"));
        Assert.Equal(2, _service.Logs("coupon.redeemed").Count);
        Assert.Equal(1, _service.Value("coupon_redemptions", ("coupon.code", "SAVE20"), ("outcome", "redeemed")));
        Assert.Equal(1, _service.Value("coupon_redemptions", ("coupon.code", "FLAT50"), ("outcome", "conflict")));
        Assert.Equal(1, _service.Value("coupon_redemptions", ("coupon.code", "other"), ("outcome", "unknown")));
    }

    [Fact]
    public async Task A_rejected_request_is_one_info_line_and_no_error()
    {
        await _service.PostTextAsync("/api/promotions/check", """{"userId":"secret-of-the-caller"}""");
        var span = await _service.SpanAsync("POST /api/promotions/check");
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
        Assert.Contains(span.Events, e => e.Name == "request.rejected" && e.Tags.Contains(new("error.type", "validation-failed")));
        AssertLog("request.rejected", span, "Request rejected", ("error.type", "validation-failed"), ("http.response.status_code", 422),
            ("http.request.method", "POST"), ("http.route", "/api/promotions/check"));
        Assert.DoesNotContain(_service.AllLogs().SelectMany(log => log.Attributes!),
            attribute => attribute.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
        Assert.Equal(1, _service.Value("http.server.request.duration",
            ("http.response.status_code", "422"), ("http.route", "/api/promotions/check")));
    }

    [Fact]
    public async Task Probes_leave_no_telemetry()
    {
        foreach (var path in new[] { "/health", "/api/promotions/health", "/ready" })
        {
            await _service.Client.GetAsync(path);
        }

        await _service.Client.GetAsync("/api/promotions/coupons");
        await _service.SpanAsync("GET /api/promotions/coupons");
        Assert.DoesNotContain(_service.Spans(), span => span.GetTagItem("url.path") is "/health" or "/ready" or "/api/promotions/health");
        Assert.Equal(["/api/promotions/coupons", "/openapi.json"],
            _service.Points("http.server.request.duration").Select(point => Service.Labels(point)["http.route"]!.ToString()).Order());
    }

    [Fact]
    public async Task Durations_and_counters_have_exemplars()
    {
        await _service.PostAsync("/api/promotions/check", new { userId = "user123", country = "DE", amount = 250.1 });
        var span = await _service.SpanAsync("POST /api/promotions/check");
        var metrics = _service.Metrics();
        foreach (var name in new[] { "http.server.request.duration", "promotions_checked", "promotion_discount_amount_usd" })
        {
            var points = metrics.Where(metric => metric.Name == name).SelectMany(metric => metric.MetricPoints);
            Assert.Contains(span.TraceId, points.SelectMany(Exemplars));
        }
    }

    [Fact]
    public async Task The_runtime_and_the_server_are_measured()
    {
        await _service.Client.GetAsync("/api/promotions/coupons");
        var names = _service.Metrics().Select(metric => metric.Name).ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "http.server.request.duration", "http.server.active_requests",
                "dotnet.gc.collections", "dotnet.thread_pool.queue.length", "dotnet.process.memory.working_set",
            },
            names);
        var duration = _service.Metrics().Last(metric => metric.Name == "http.server.request.duration");
        Assert.Equal("s", duration.Unit);
        var bounds = new List<double>();
        foreach (var bucket in duration.MetricPoints[0].GetHistogramBuckets())
        {
            bounds.Add(bucket.ExplicitBound);
        }

        Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, double.PositiveInfinity], bounds);
    }

    [Fact]
    public async Task The_queues_have_the_size_that_fits_into_the_memory_limit()
    {
        await using var service = await Service.StartAsync(("OTEL_BSP_MAX_QUEUE_SIZE", "20000"), ("OTEL_BLRP_MAX_QUEUE_SIZE", "20000"));
        var spans = service.Services.GetRequiredService<IOptionsMonitor<OtlpExporterOptions>>().CurrentValue.BatchExportProcessorOptions;
        var logs = service.Services.GetRequiredService<IOptionsMonitor<LogRecordExportProcessorOptions>>().CurrentValue;
        Assert.Equal((512, 512), (spans.MaxQueueSize, logs.BatchExportProcessorOptions.MaxQueueSize));
    }

    [Fact]
    public async Task Requests_that_are_no_http_are_counted_as_failed_connections()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", _service.Port);
            await client.GetStream().WriteAsync("nonsense\r\n\r\n"u8.ToArray());
            Assert.Equal('H', client.GetStream().ReadByte());
        }

        await Eventually.TrueAsync(() => _service.Value("kestrel.connection.duration", ("error.type", "invalid_request_line")) == 1,
            "the connection is counted");
    }

    [Fact]
    public void Every_name_is_listed_once()
    {
        var names = typeof(Names).GetNestedTypes().SelectMany(type => type.GetFields())
            .Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.Equal(names.Distinct(), names);
    }

    private async Task<IReadOnlyList<Activity>> SpansAsync(string name, int count)
    {
        await Eventually.TrueAsync(() => _service.Spans().Count(span => span.DisplayName == name) == count, $"{count} spans {name}");
        return [.. _service.Spans().Where(span => span.DisplayName == name).OrderBy(span => span.StartTimeUtc)];
    }

    private static List<ActivityTraceId> Exemplars(MetricPoint point)
    {
        var traces = new List<ActivityTraceId>();
        if (point.TryGetExemplars(out var exemplars))
        {
            foreach (ref readonly var exemplar in exemplars)
            {
                traces.Add(exemplar.TraceId);
            }
        }

        return traces;
    }

    private static void AssertAttributes(Activity span, params (string Key, object Value)[] expected) =>
        Assert.All(expected, attribute => Assert.Equal(attribute.Value, span.GetTagItem(attribute.Key)));

    private void AssertLog(string eventName, Activity span, string message, params (string Key, object Value)[] expected)
    {
        var log = _service.Logs(eventName)[0];
        Assert.Equal((span.TraceId, span.SpanId), (log.TraceId, log.SpanId));
        Assert.Equal((LogLevel.Information, message), (log.LogLevel, log.FormattedMessage));
        var attributes = log.Attributes!.ToDictionary(attribute => attribute.Key, attribute => attribute.Value);
        Assert.All(expected, attribute => Assert.Equal(attribute.Value, attributes[attribute.Key]));
        Assert.DoesNotContain(attributes.Keys, key => key.Contains('{', StringComparison.Ordinal));
        Assert.Equal(default, log.EventId);
    }
}
