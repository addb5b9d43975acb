using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace PromotionsService.Tests.Support;

/// <summary>
/// The service in this process, on a real Kestrel, with its telemetry kept in memory. Every response that its client gets is
/// compared with the OpenAPI document.
/// </summary>
public sealed class Service : WebApplicationFactory<Program>
{
    private static readonly Lazy<Task<OtlpCollector>> s_collector = new(() => OtlpCollector.StartAsync());
    private readonly Dictionary<string, string> _settings;
    private readonly List<Activity> _spans = [];
    private readonly List<LogRecord> _logs = [];
    private readonly List<MetricSnapshot> _metrics = [];

    private Service(Dictionary<string, string> settings)
    {
        _settings = settings;
        UseKestrel();
        StartServer();
        Client = new HttpClient(new DocumentedHandler(new HttpClientHandler())) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
    }

    public HttpClient Client { get; }

    public int Port => ClientOptions.BaseAddress.Port; // it listens at every address, which is none to connect to

    public static async Task<Service> StartAsync(params (string Name, string Value)[] settings)
    {
        var collector = await s_collector.Value;
        var all = new Dictionary<string, string>
        {
            ["PORT"] = "0",
            ["DATABASE_URL"] = "memory:",
            ["LOG_LEVEL"] = "info",
            ["OTEL_SDK_DISABLED"] = "false",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        return new Service(all);
    }

    public Task<HttpResponseMessage> PostAsync(string path, object body) => PostTextAsync(path, JsonSerializer.Serialize(body));

    public Task<HttpResponseMessage> PostTextAsync(string path, string body, string contentType = "application/json") =>
        PostBytesAsync(path, Encoding.UTF8.GetBytes(body), contentType);

    public Task<HttpResponseMessage> PostBytesAsync(string path, byte[] body, string? contentType)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return Client.PostAsync(path, content);
    }

    /// <summary>The last span with this name; the server ends a span after it has sent the response.</summary>
    public async Task<Activity> SpanAsync(string name)
    {
        Activity? found = null;
        await Eventually.TrueAsync(() => (found = Spans().LastOrDefault(span => span.DisplayName == name)) is not null, $"span {name}");
        return found!;
    }

    public IReadOnlyList<Activity> Spans()
    {
        lock (_spans)
        {
            return [.. _spans];
        }
    }

    /// <summary>The log records with this event name.</summary>
    public IReadOnlyList<LogRecord> Logs(string eventName)
    {
        lock (_logs)
        {
            return [.. _logs.Where(log => log.Attributes?.Any(a => a is { Key: "event.name" } && (string?)a.Value == eventName) == true)];
        }
    }

    public IReadOnlyList<LogRecord> AllLogs()
    {
        lock (_logs)
        {
            return [.. _logs];
        }
    }

    /// <summary>A new export. Its exemplars are those since the last one.</summary>
    public IReadOnlyList<MetricSnapshot> Metrics()
    {
        _metrics.Clear();
        Assert.True(Services.GetRequiredService<MeterProvider>().ForceFlush(10_000));
        return [.. _metrics];
    }

    /// <summary>The sum of a counter's, or the number of a histogram's measurements with these labels.</summary>
    public double Value(string metric, params (string Key, string Value)[] labels) => Metrics().Where(m => m.Name == metric)
        .SelectMany(m => m.MetricPoints, (m, point) => (m.MetricType, Point: point))
        .Where(found => labels.All(label => Labels(found.Point).GetValueOrDefault(label.Key)?.ToString() == label.Value))
        .Sum(found => found.MetricType is MetricType.Histogram ? found.Point.GetHistogramCount() : found.Point.GetSumLong());

    public IReadOnlyList<MetricPoint> Points(string metric) => [.. Metrics().Where(m => m.Name == metric).SelectMany(m => m.MetricPoints)];

    public static Dictionary<string, object?> Labels(MetricPoint point)
    {
        var labels = new Dictionary<string, object?>();
        foreach (var (key, value) in point.Tags)
        {
            labels[key] = value;
        }

        return labels;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureServices(services =>
        {
            foreach (var console in services.Where(service => service.ImplementationType == typeof(ConsoleLoggerProvider)).ToList())
            {
                services.Remove(console);
            }

            var (spans, records) = (new SynchronizedCollection<Activity>(_spans), new SynchronizedCollection<LogRecord>(_logs));
            services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddInMemoryExporter(spans));
            services.ConfigureOpenTelemetryLoggerProvider(logs => logs.AddInMemoryExporter(records));
            services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddInMemoryExporter(_metrics));
        });
    }
}

/// <summary>A collection that several threads add to.</summary>
public sealed class SynchronizedCollection<T>(List<T> items) : ICollection<T>
{
    public int Count => items.Count;

    public bool IsReadOnly => false;

    public void Add(T item)
    {
        lock (items)
        {
            items.Add(item);
        }
    }

    public void Clear() => items.Clear();

    public bool Contains(T item) => items.Contains(item);

    public void CopyTo(T[] array, int arrayIndex) => items.CopyTo(array, arrayIndex);

    public bool Remove(T item) => items.Remove(item);

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => items.GetEnumerator();
}

/// <summary>One service for all tests of a class that leave nothing behind.</summary>
public sealed class SharedService : IAsyncLifetime
{
    public Service Service { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Service = await Service.StartAsync();

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}
