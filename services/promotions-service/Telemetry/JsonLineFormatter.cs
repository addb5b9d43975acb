using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using PromotionsService.Config;

namespace PromotionsService.Telemetry;

/// <summary>One JSON object a line, with the keys that all services of the shop share; attributes are flat, with dotted keys.</summary>
public sealed class JsonLineFormatter(Settings settings) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-line";

    private const string Template = "{OriginalFormat}";
    private static readonly HashSet<string> s_reserved =
        ["timestamp", "level", "message", Names.Attributes.Service, "trace_id", "span_id", Names.Attributes.Event, Template];

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", Timestamp(DateTime.UtcNow));
            json.WriteString("level", Level(logEntry.LogLevel));
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            json.WriteString(Names.Attributes.Service, settings.ServiceName);
            WriteSpan(json, Activity.Current); // the formatter runs on the thread that logs
            if (EventName.Of(logEntry.Category, logEntry.EventId) is { } name)
            {
                json.WriteString(Names.Attributes.Event, name);
            }

            WriteAttributes(json, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>);
            WriteException(json, logEntry.Exception);
            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    public static string Timestamp(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private static void WriteSpan(Utf8JsonWriter json, Activity? span)
    {
        if (span is not null)
        {
            json.WriteString("trace_id", span.TraceId.ToHexString());
            json.WriteString("span_id", span.SpanId.ToHexString());
        }
    }

    private static void WriteAttributes(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? attributes)
    {
        foreach (var (key, value) in attributes ?? [])
        {
            // The framework's own records have keys such as `message`, which would be in the line twice.
            if (s_reserved.Contains(key) || value is null)
            {
                continue;
            }

            json.WritePropertyName(key);
            WriteValue(json, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteException(Utf8JsonWriter json, Exception? exception)
    {
        if (exception is not null)
        {
            json.WriteString(Names.Attributes.ExceptionType, exception.GetType().FullName);
            json.WriteString(Names.Attributes.ExceptionMessage, exception.Message);
            json.WriteString(Names.Attributes.ExceptionStackTrace, exception.ToString());
        }
    }
}
