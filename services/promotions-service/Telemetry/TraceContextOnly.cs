using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;

namespace PromotionsService.Telemetry;

/// <summary>
/// Passes traceparent and tracestate on, and no baggage in either direction: what a caller puts there would otherwise go on to
/// whatever this service calls. OTEL_PROPAGATORS has no such effect in .NET, where two layers propagate.
/// </summary>
public sealed class TraceContextOnly : DistributedContextPropagator
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";
    private readonly DistributedContextPropagator _w3c = CreateW3CPropagator();

    /// <summary>Must run before the host is built, in both layers: .NET's own and OpenTelemetry's.</summary>
    public static void Install()
    {
        Current = new TraceContextOnly();
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
    }

    public override IReadOnlyCollection<string> Fields { get; } = [TraceParent, TraceState];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) =>
        _w3c.Inject(activity, carrier, (target, name, value) =>
        {
            if (name is TraceParent or TraceState)
            {
                setter?.Invoke(target, name, value);
            }
        });

    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        _w3c.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(
        object? carrier, PropagatorGetterCallback? getter) => null;
}
