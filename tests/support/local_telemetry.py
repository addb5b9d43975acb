"""Questions that several tests ask of the sink that took a local shop's telemetry."""

from collections import Counter

from tools.otlp_sink import OtlpSink, Span


def events(sink: OtlpSink, trace_id: str) -> Counter[tuple[str, str]]:
    """How often each service logged each event in a trace."""
    return Counter((line.service, line.attributes.get("event.name", "")) for line in sink.logs_of(trace_id))


def spans(sink: OtlpSink, trace_id: str, service: str, name: str) -> list[Span]:
    return [span for span in sink.trace(trace_id) if (span.service, span.name) == (service, name)]
