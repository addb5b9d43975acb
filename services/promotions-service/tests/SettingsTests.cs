using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;
using PromotionsService.Config;

namespace PromotionsService.Tests;

public class SettingsTests
{
    [Fact]
    public void Nothing_set_means_the_defaults()
    {
        foreach (var settings in new[] { Load(), Load(("PORT", ""), ("DATABASE_URL", ""), ("LOG_LEVEL", ""), ("OTEL_SDK_DISABLED", "")) })
        {
            Assert.Equal((8082, LogLevel.Information, null), (settings.Port, settings.LogLevel, settings.ConnectionString));
            Assert.Equal(("promotions-service", "http://otel-collector:4317/", false),
                (settings.ServiceName, settings.OtlpEndpoint.ToString(), settings.TelemetryDisabled));
        }
    }

    [Theory]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("INFO", LogLevel.Information)]
    [InlineData("Warn", LogLevel.Warning)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("ERROR", LogLevel.Error)]
    public void Log_levels_have_the_names_of_the_other_services(string name, LogLevel level) =>
        Assert.Equal(level, Load(("LOG_LEVEL", name)).LogLevel);

    [Theory]
    [InlineData("PORT", "many")]
    [InlineData("PORT", "65536")]
    [InlineData("PORT", "-1")]
    [InlineData("LOG_LEVEL", "loud")]
    [InlineData("DATABASE_URL", "sqlite:///shop.db")]
    [InlineData("DATABASE_URL", "postgresql://host/db")]
    [InlineData("DATABASE_URL", "postgresql://user:s3cret@host")]
    [InlineData("DATABASE_URL", "Host=x;Password=s3cret")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "otel-collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_INSECURE", "perhaps")]
    [InlineData("OTEL_SDK_DISABLED", "perhaps")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "10s")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "0")]
    [InlineData("OTEL_BLRP_SCHEDULE_DELAY", "-5")]
    [InlineData("OTEL_PROPAGATORS", "tracecontext,baggage")]
    public void A_setting_that_can_t_be_used_is_named(string variable, string value)
    {
        var exception = Assert.Throws<SettingException>(() => Load((variable, value)));
        Assert.StartsWith(variable, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_url_is_that_of_main_service()
    {
        var settings = Load(("DATABASE_URL", "postgresql://web%40store:p%3Aass%2F@postgres/webstore"));
        var connection = new NpgsqlConnectionStringBuilder(settings.ConnectionString);
        Assert.Equal(("web@store", "p:ass/", "postgres", 5432, "webstore", 10),
            (connection.Username, connection.Password, connection.Host, connection.Port, connection.Database, connection.MaxPoolSize));
    }

    [Fact]
    public void Memory_and_other_ports_are_understood()
    {
        Assert.Null(Load(("DATABASE_URL", "memory:")).ConnectionString);
        Assert.Contains("Port=15432", Load(("DATABASE_URL", "postgres://u:p@h:15432/d")).ConnectionString, StringComparison.Ordinal);
    }

    private static Settings Load(params (string Name, string Value)[] variables) => Settings.Load(new ConfigurationBuilder()
        .AddInMemoryCollection(variables.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value))).Build());
}
