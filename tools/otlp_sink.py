"""An OTLP gRPC receiver that keeps what it gets in memory: a collector and three stores for one demo or test."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs_pb
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as logs_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_pb
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as metrics_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as trace_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Attributes = dict[str, Any]
#: service, metric name, labels
Series = tuple[str, str, frozenset[tuple[str, Any]]]


@dataclass(frozen=True)
class Span:
    """Ids are lower-case hex, empty for none; times are nanoseconds since 1970."""

    service: str
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start: int
    end: int
    is_error: bool
    attributes: Attributes

    @property
    def milliseconds(self) -> float:
        return (self.end - self.start) / 1e6


@dataclass(frozen=True)
class LogLine:
    service: str
    trace_id: str
    span_id: str
    time: int
    severity: str
    body: str
    attributes: Attributes


#: How the names of the shop's own metrics begin; the others are the runtimes' and the instrumentations'.
DOMAIN_METRICS = ("webstore.", "payment", "promotion", "coupon", "external_", "crm.", "inventory.")
EVENT_LOOP_LAG = "webstore.event_loop.lag"  # main-service measures it all the time


@dataclass
class OtlpSink:
    """Listens on a port of the loopback interface while it is entered: a free one, and the same when entered again."""

    port: int = 0
    spans: list[Span] = field(default_factory=list)
    logs: list[LogLine] = field(default_factory=list)
    #: The latest value of each counter and gauge, and the count of each histogram.
    series: dict[Series, float] = field(default_factory=dict)
    #: The names of those that are gauges.
    gauges: set[str] = field(default_factory=set)
    #: Exports of metrics by service.
    exports: Counter[str] = field(default_factory=Counter)
    #: Trace ids of exemplars by metric name.
    exemplars: dict[str, set[str]] = field(default_factory=dict)

    def __enter__(self) -> "OtlpSink":
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        # The generated code has no type hints.
        trace_grpc.add_TraceServiceServicer_to_server(_Traces(self), self._server)  # type: ignore[no-untyped-call]
        logs_grpc.add_LogsServiceServicer_to_server(_Logs(self), self._server)  # type: ignore[no-untyped-call]
        metrics_grpc.add_MetricsServiceServicer_to_server(_Metrics(self), self._server)  # type: ignore[no-untyped-call]
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=1)

    def counted(self) -> dict[Series, float]:
        """What requests move: the series without those that move by themselves, with time."""
        by_themselves = {*self.gauges, EVENT_LOOP_LAG}
        return {series: value for series, value in dict(self.series).items() if series[1] not in by_themselves}

    def counted_by_shop(self) -> dict[Series, float]:
        """The same without what runtimes and instrumentations count."""
        return {series: value for series, value in self.counted().items() if series[1].startswith(DOMAIN_METRICS)}

    def exported_twice(self, since: Counter[str], services: Iterable[str]) -> bool:
        """Whether each has since exported its metrics as a whole: the first export may have been on its way already."""
        return all(self.exports[service] >= since[service] + 2 for service in services)

    def trace(self, trace_id: str) -> list[Span]:
        return [span for span in self.spans if span.trace_id == trace_id]

    def logs_of(self, trace_id: str) -> list[LogLine]:
        return [line for line in self.logs if line.trace_id == trace_id]


def moved(before: dict[Series, float], after: dict[Series, float]) -> dict[Series, float]:
    changes = {series: value - before.get(series, 0) for series, value in after.items()}
    return {series: change for series, change in changes.items() if change}


class _Traces(trace_grpc.TraceServiceServicer):
    def __init__(self, sink: OtlpSink):
        self._sink = sink

    def Export(self, request, context):  # type: ignore[no-untyped-def]  # noqa: N802
        for service, span in _each(request.resource_spans, "scope_spans", "spans"):
            self._sink.spans.append(
                Span(
                    service=service,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    name=span.name,
                    kind=span.kind,
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    is_error=span.status.code == span.status.STATUS_CODE_ERROR,
                    attributes=_attributes(span.attributes),
                )
            )
        return trace_pb.ExportTraceServiceResponse()


class _Logs(logs_grpc.LogsServiceServicer):
    def __init__(self, sink: OtlpSink):
        self._sink = sink

    def Export(self, request, context):  # type: ignore[no-untyped-def]  # noqa: N802
        for service, record in _each(request.resource_logs, "scope_logs", "log_records"):
            attributes = _attributes(record.attributes)
            self._sink.logs.append(
                LogLine(
                    service=service,
                    trace_id=record.trace_id.hex(),
                    span_id=record.span_id.hex(),
                    time=record.time_unix_nano,
                    severity=_severity(record.severity_number),
                    body=str(_value(record.body)),
                    attributes=attributes,
                )
            )
        return logs_pb.ExportLogsServiceResponse()


class _Metrics(metrics_grpc.MetricsServiceServicer):
    def __init__(self, sink: OtlpSink):
        self._sink = sink

    def Export(self, request, context):  # type: ignore[no-untyped-def]  # noqa: N802
        for service, metric in _each(request.resource_metrics, "scope_metrics", "metrics"):
            kind = metric.WhichOneof("data")
            if kind == "gauge":
                self._sink.gauges.add(metric.name)
            for point in getattr(metric, kind).data_points:
                labels = frozenset(_attributes(point.attributes).items())
                self._sink.series[service, metric.name, labels] = _number(point)
                traces = {exemplar.trace_id.hex() for exemplar in getattr(point, "exemplars", ())}
                self._sink.exemplars.setdefault(metric.name, set()).update(traces)
        self._sink.exports.update({_service(resource) for resource in request.resource_metrics})
        return metrics_pb.ExportMetricsServiceResponse()


def _severity(number: int) -> str:
    """By the number's range, as the texts differ between languages."""
    return ("trace", "debug", "info", "warn", "error", "fatal")[(number - 1) // 4] if number else ""


def _each(resources: Iterable[Any], scopes: str, records: str) -> Iterator[tuple[str, Any]]:
    for resource in resources:
        for scope in getattr(resource, scopes):
            for record in getattr(scope, records):
                yield _service(resource), record


def _service(resource: Any) -> str:
    return str(_attributes(resource.resource.attributes).get("service.name", "unknown"))


def _number(point: Any) -> float:
    if hasattr(point, "bucket_counts"):
        return float(point.count)
    return float(getattr(point, point.WhichOneof("value")))


def _attributes(pairs: Iterable[KeyValue]) -> Attributes:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(_value(item) for item in value.array_value.values)
    return getattr(value, kind) if kind else None
