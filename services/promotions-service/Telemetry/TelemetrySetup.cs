using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Reflection;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PromotionsService.Config;
using PromotionsService.Http;

namespace PromotionsService.Telemetry;

/// <summary>
/// The one telemetry set-up of this service. Nothing in it can slow down or fail a request: signals wait in bounded queues, are
/// exported in the background, and are dropped when the collector stays away for longer than the queues can hold.
/// </summary>
public static class TelemetrySetup
{
    /// <summary>
    /// Items that wait while the collector is away. The queues are part of the process's memory budget, so they are not left to
    /// the environment: a queue counts items, not bytes, and an item with a stack trace takes tens of KiB.
    /// </summary>
    private const int QueueSize = 512;
    private const int BatchSize = 128;

    /// <summary>The same in every service, so that one query compares them; 0.3 is the latency objective.</summary>
    private static readonly double[] s_secondBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    public static string Version { get; } =
        typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void AddTelemetry(this WebApplicationBuilder builder, Settings settings)
    {
        TraceContextOnly.Install();
        AddStandardOutput(builder.Logging, settings);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<PromotionEvents>();
        if (settings.TelemetryDisabled)
        {
            return;
        }

        builder.Configuration.AddInMemoryCollection(settings.OpenTelemetry);
        ConfigureExporters(builder.Services, settings);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, settings))
            .WithTracing(AddTraces)
            .WithMetrics(AddMetrics)
            .WithLogging(
                logs => logs.AddProcessor(new LogRecordShape()).AddOtlpExporter(),
                options => options.IncludeFormattedMessage = true);
    }

    private static void AddStandardOutput(ILoggingBuilder logging, Settings settings)
    {
        // Categories of the frameworks write several lines a request, which repeat the spans; their warnings stay.
        var frameworks = settings.LogLevel > LogLevel.Warning ? settings.LogLevel : LogLevel.Warning;
        logging.SetMinimumLevel(settings.LogLevel)
            .AddFilter("Microsoft", frameworks)
            .AddFilter("Npgsql", frameworks)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical) // a failed start is StartFailure's line
            .AddFilter<OpenTelemetryLoggerProvider>(typeof(ExportFailures).FullName, LogLevel.None) // the way to the collector fails
            .AddConsole(options =>
            {
                options.FormatterName = JsonLineFormatter.FormatterName;
                // A reader of stdout that stalls must not stall requests.
                options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            })
            .AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
    }

    private static void ConfigureExporters(IServiceCollection services, Settings settings)
    {
        services.AddSingleton<ExportFailures>();
        services.AddOptions<OtlpExporterOptions>().Configure<ExportFailures>((options, failures) =>
        {
            options.Protocol = OtlpExportProtocol.Grpc;
            options.Endpoint = settings.OtlpEndpoint;
            options.TimeoutMilliseconds = (int)RetryingHandler.GiveUpAfter.TotalMilliseconds;
            options.HttpClientFactory = () => new HttpClient(new RetryingHandler(failures)) { Timeout = RetryingHandler.GiveUpAfter };
        });
        services.Configure<OtlpExporterOptions>(MetricExporter, options =>
        {
            options.Protocol = OtlpExportProtocol.Grpc;
            options.Endpoint = settings.OtlpEndpoint;
            options.TimeoutMilliseconds = (int)RetryingHandler.Attempt.TotalMilliseconds;
        });
        services.ConfigureAll<BatchExportActivityProcessorOptions>(options =>
            (options.MaxQueueSize, options.MaxExportBatchSize) = (QueueSize, BatchSize));
        services.ConfigureAll<BatchExportLogRecordProcessorOptions>(options =>
            (options.MaxQueueSize, options.MaxExportBatchSize) = (QueueSize, BatchSize));
    }

    /// <summary>A name of its own, as metrics are not sent again: the next export has the same counters.</summary>
    private const string MetricExporter = "metrics";

    /// <summary>OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win over what is said here.</summary>
    private static void Describe(ResourceBuilder resource, Settings settings) => resource
        .AddAttributes([
            new("service.namespace", "webstore"),
            new("service.version", Version),
            // The host name outlives a restart of the container, so that series do not fork.
            new("service.instance.id", Dns.GetHostName()),
        ])
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector()
        .AddAttributes([new(Names.Attributes.Service, settings.ServiceName)]);

    private static void AddTraces(TracerProviderBuilder traces) => traces
        .SetSampler(new AlwaysOnSampler()) // the caller's flag must not switch traces off
        .AddAspNetCoreInstrumentation(DescribeRequests)
        .AddNpgsql()
        .AddOtlpExporter();

    private static void DescribeRequests(AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = context => !Probes.IsProbe(context.Request.Path);
        options.EnrichWithHttpRequest = (span, request) =>
        {
            span.SetTag(Names.Attributes.ClientAddress, Text(request.HttpContext.Connection.RemoteIpAddress));
            BoundedText.Cut(span, Names.Attributes.Path, Names.Attributes.UserAgent, Names.Attributes.MethodOriginal);
        };
    }

    /// <summary>A socket for both families shows an IPv4 address as ::ffff:172.18.0.5.</summary>
    private static string? Text(IPAddress? address) =>
        (address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4() : address)?.ToString();

    private static void AddMetrics(MeterProviderBuilder metrics) => metrics
        .SetExemplarFilter(ExemplarFilterType.TraceBased)
        .AddMeter(Names.Meter, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql",
            "otel.sdk.experimental") // what the queues drop
        .AddView(View)
        .AddOtlpExporter(MetricExporter, (Action<OtlpExporterOptions>?)null);

    /// <summary>Bounds labels and buckets, and drops what no dashboard asks for.</summary>
    private static MetricStreamConfiguration? View(Instrument instrument) => instrument.Name switch
    {
        "http.server.request.duration" => Histogram(s_secondBounds, Names.Attributes.Method, Names.Attributes.Route,
            Names.Attributes.Status, Names.Attributes.ErrorType, "network.protocol.version", "url.scheme"),
        // The only sign of requests that the server can't read as HTTP: they never become a request.
        "kestrel.connection.duration" => Histogram([1, 10, 100], Names.Attributes.ErrorType),
        "kestrel.rejected_connections" => null,
        var name when name.StartsWith("kestrel.", StringComparison.Ordinal) => MetricStreamConfiguration.Drop,
        var name when name.Contains(".npgsql.", StringComparison.Ordinal) => MetricStreamConfiguration.Drop,
        _ => null,
    };

    private static ExplicitBucketHistogramConfiguration Histogram(double[] bounds, params string[] labels) =>
        new() { Boundaries = bounds, TagKeys = labels };

    /// <summary>Spans of the database, named by statement. Probes, migrations and the connection itself leave none.</summary>
    public static void AddTelemetry(this NpgsqlDataSourceBuilder builder)
    {
        builder.Name = Names.Database; // Npgsql would name its pool by the connection string, in a label
        builder.ConfigureTracing(options => options
            .EnableFirstResponseEvent(false)
            .EnablePhysicalOpenTracing(false)
            .ConfigureCommandFilter(command => Storage.Sql.Find(command.CommandText) is not null)
            .ConfigureCommandSpanNameProvider(command => Storage.Sql.Find(command.CommandText)?.Summary)
            .ConfigureCommandEnrichmentCallback((span, command) => Describe(span, command)));
    }

    private static void Describe(Activity span, NpgsqlCommand command)
    {
        if (Storage.Sql.Find(command.CommandText) is { } statement)
        {
            span.SetTag(Names.Attributes.DatabaseOperation, statement.Operation);
            span.SetTag(Names.Attributes.DatabaseCollection, statement.Collection);
            span.SetTag(Names.Attributes.DatabaseSummary, statement.Summary);
        }
    }
}
