"""Delivery of spans and log lines to a collector that may be away for a while.

The SDK's exporters drop a batch after ten seconds or six attempts. These keep it and try again; what comes meanwhile
waits in the processors' queues, whose sizes (OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BLRP_MAX_QUEUE_SIZE) bound what is kept.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

Result = TypeVar("Result", bound=Enum)

PAUSE = 1.0  # seconds
# A batch that is refused for this long is refused for what is in it, and must not hold up those behind it.
PATIENCE = 600.0  # seconds

# gRPC's own waits grow to two minutes, in which every export fails without being tried.
CHANNEL_OPTIONS = (("grpc.max_reconnect_backoff_ms", 2000), ("grpc.dns_min_time_between_resolutions_ms", 1000))


class SpanExporter(OTLPSpanExporter):
    def __init__(self) -> None:
        self._stopped = Event()
        super().__init__(channel_options=CHANNEL_OPTIONS)  # type: ignore[arg-type] # declared as pairs of strings

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return _until_taken(lambda: super(SpanExporter, self).export(spans), self._stopped)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._stopped.set()
        super().shutdown(timeout_millis, **kwargs)


class LogRecordExporter(OTLPLogExporter):
    def __init__(self) -> None:
        self._stopped = Event()
        super().__init__(channel_options=CHANNEL_OPTIONS)  # type: ignore[arg-type] # declared as pairs of strings

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        return _until_taken(lambda: super(LogRecordExporter, self).export(batch), self._stopped)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._stopped.set()
        super().shutdown(timeout_millis, **kwargs)


def _until_taken(export: Callable[[], Result], stopped: Event) -> Result:
    give_up = monotonic() + PATIENCE
    while (result := export()).name != "SUCCESS" and monotonic() < give_up:
        if stopped.wait(PAUSE):
            break
    return result
