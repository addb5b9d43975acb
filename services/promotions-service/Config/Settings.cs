using System.Globalization;
using Npgsql;

namespace PromotionsService.Config;

/// <summary>A setting that the service can't start with. The message names its variable and never shows a secret.</summary>
public sealed class SettingException(string variable, string rule) : Exception($"{variable} {rule}");

/// <summary>Every setting of the service, read once from the environment. An empty variable means the default.</summary>
public sealed record Settings
{
    public const string DefaultServiceName = "promotions-service";

    private const string OpenTelemetryPrefix = "OTEL_";
    private const string DatabaseUrl = "DATABASE_URL";
    private const string InMemory = "memory:";
    private static readonly string[] s_milliseconds =
        ["OTEL_METRIC_EXPORT_INTERVAL", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"];

    /// <summary>0 lets the operating system choose; the event service.started names the port.</summary>
    public required int Port { get; init; }

    public required LogLevel LogLevel { get; init; }

    /// <summary>Null keeps coupons in memory, for a shop that runs without PostgreSQL.</summary>
    public required string? ConnectionString { get; init; }

    public required string ServiceName { get; init; }

    /// <summary>A gRPC endpoint; its scheme decides: http without TLS, https with TLS.</summary>
    public required Uri OtlpEndpoint { get; init; }

    public required bool TelemetryDisabled { get; init; }

    /// <summary>The OTEL_* variables, which the SDK reads itself.</summary>
    public required IReadOnlyDictionary<string, string?> OpenTelemetry { get; init; }

    /// <exception cref="SettingException">A value can't be used.</exception>
    public static Settings Load(IConfiguration environment)
    {
        CheckWhatTheSdkWouldIgnore(environment);
        return new Settings
        {
            Port = Integer(environment, "PORT", 0, 65_535) ?? 8082,
            LogLevel = ReadLogLevel(Text(environment, "LOG_LEVEL") ?? "info"),
            ConnectionString = ReadDatabase(Text(environment, DatabaseUrl)),
            ServiceName = Text(environment, "OTEL_SERVICE_NAME") ?? DefaultServiceName,
            OtlpEndpoint = ReadEndpoint(Text(environment, "OTEL_EXPORTER_OTLP_ENDPOINT") ?? "http://otel-collector:4317"),
            TelemetryDisabled = Boolean(environment, "OTEL_SDK_DISABLED"),
            OpenTelemetry = environment.GetChildren()
                .Where(variable => variable.Key.StartsWith(OpenTelemetryPrefix, StringComparison.Ordinal))
                .ToDictionary(variable => variable.Key, variable => variable.Value),
        };
    }

    /// <summary>The SDK falls back to its defaults in silence; a misspelt value must end the start instead.</summary>
    private static void CheckWhatTheSdkWouldIgnore(IConfiguration environment)
    {
        foreach (var variable in s_milliseconds)
        {
            _ = Integer(environment, variable, 1, int.MaxValue);
        }

        _ = Boolean(environment, "OTEL_EXPORTER_OTLP_INSECURE");
        if (Text(environment, "OTEL_PROPAGATORS") is not (null or "tracecontext"))
        {
            throw new SettingException("OTEL_PROPAGATORS", "must be tracecontext: this service passes no baggage on");
        }
    }

    private static string? Text(IConfiguration environment, string variable) =>
        environment[variable] is { Length: > 0 } text ? text : null;

    private static int? Integer(IConfiguration environment, string variable, int min, int max)
    {
        if (Text(environment, variable) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new SettingException(variable, $"must be an integer from {min} to {max}");
    }

    private static bool Boolean(IConfiguration environment, string variable) =>
        Text(environment, variable)?.ToLowerInvariant() switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw new SettingException(variable, "must be true or false"),
        };

    private static LogLevel ReadLogLevel(string name) => name.ToLowerInvariant() switch
    {
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" or "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw new SettingException("LOG_LEVEL", "must be debug, info, warn or error"),
    };

    private static Uri ReadEndpoint(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? endpoint
            : throw new SettingException("OTEL_EXPORTER_OTLP_ENDPOINT", "must be a URL like http://otel-collector:4317");

    private static string? ReadDatabase(string? url)
    {
        if (url is null or InMemory)
        {
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("postgresql" or "postgres")
            || address.UserInfo.Split(':') is not [var user, var password] || address.AbsolutePath.Length < 2)
        {
            throw new SettingException(DatabaseUrl, "must be memory: or a URL like postgresql://user:password@host:5432/database");
        }

        return new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.IsDefaultPort ? NpgsqlConnection.DefaultPort : address.Port,
            Database = Uri.UnescapeDataString(address.AbsolutePath[1..]),
            Username = Uri.UnescapeDataString(user),
            Password = Uri.UnescapeDataString(password),
            ApplicationName = DefaultServiceName,
            // Callers wait about as long as a command in all; a longer one would only keep its connection busy.
            Timeout = 1,
            CommandTimeout = 2,
            CancellationTimeout = 500,
            MaxPoolSize = 10,
            GssEncryptionMode = GssEncryptionMode.Disable, // the image lacks its library, which costs two lines of plain text
        }.ConnectionString;
    }
}
