using OpenTelemetry;
using OpenTelemetry.Logs;

namespace PromotionsService.Telemetry;

/// <summary>
/// Gives records sent by OTLP the fields that the other services' records have: the event's name as an attribute, since Loki
/// drops OTLP's own field for it, and no message template, whose braces no query expects.
/// </summary>
public sealed class LogRecordShape : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        var attributes = (data.Attributes ?? []).Where(attribute => attribute.Key != "{OriginalFormat}");
        if (EventName.Of(data.CategoryName, data.EventId) is { } name)
        {
            attributes = attributes.Prepend(new(Names.Attributes.Event, name));
        }

        data.Attributes = [.. attributes];
        data.EventId = default;
    }
}

/// <summary>The frameworks name their records too, by names that no contract lists.</summary>
public static class EventName
{
    public static string? Of(string? category, EventId id) =>
        category?.StartsWith(nameof(PromotionsService), StringComparison.Ordinal) == true ? id.Name : null;
}
