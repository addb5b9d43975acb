using System.Text.Json;
using PromotionsService.Config;

namespace PromotionsService.Telemetry;

/// <summary>The one line of a service that can't start, in the shape of the others: there is no logger yet.</summary>
public static class StartFailure
{
    public static void Write(Exception exception) => Console.Error.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["timestamp"] = JsonLineFormatter.Timestamp(DateTime.UtcNow),
        ["level"] = "error",
        ["message"] = $"The service cannot start: {exception.Message}",
        [Names.Attributes.Service] = Settings.DefaultServiceName,
        [Names.Attributes.Event] = Names.Events.ServiceFailed,
    }));
}
