"""Questions that several tests ask of the sink that took a local shop's telemetry."""

from collections import Counter

from tools.otlp_sink import OtlpSink, Series, Span

#: Metrics of the shop's own business; the others are the runtimes' and the instrumentations'.
DOMAIN_METRICS = ("webstore.", "payment", "promotion", "coupon", "external_", "crm.", "inventory.")


def events(sink: OtlpSink, trace_id: str) -> Counter[tuple[str, str]]:
    """How often each service logged each event in a trace."""
    return Counter((line.service, line.attributes.get("event.name", "")) for line in sink.logs_of(trace_id))


def spans(sink: OtlpSink, trace_id: str, service: str, name: str) -> list[Span]:
    return [span for span in sink.trace(trace_id) if (span.service, span.name) == (service, name)]


def domain_metrics(sink: OtlpSink) -> dict[Series, float]:
    return {series: value for series, value in sink.counted().items() if series[1].startswith(DOMAIN_METRICS)}


def moved(before: dict[Series, float], after: dict[Series, float]) -> dict[Series, float]:
    changes = {series: value - before.get(series, 0) for series, value in after.items()}
    return {series: change for series, change in changes.items() if change}
