"""Logs: the same record as a JSON line on stdout and by OTLP."""

import logging
import sys
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from pythonjsonlogger.json import JsonFormatter


def configure(level: str, service_name: str, provider: LoggerProvider) -> None:
    stdout = logging.StreamHandler(sys.stdout)
    stdout.setFormatter(_JsonLine(service_name))
    logging.basicConfig(level=level, handlers=[stdout], force=True)
    # Not through basicConfig, which would give it a formatter and so change the body that is sent.
    logging.getLogger().addHandler(LoggingHandler(logger_provider=provider))
    # One line a request of theirs would repeat the spans; their warnings stay.
    for chatty in ("httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_tidy)
    # While the collector is away the exporters complain at each attempt; the collector's own alert is the signal.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)


class EventNameAsAttribute(LogRecordProcessor):
    """Moves a record's event name to its attributes, where the other services have it: Loki drops OTLP's own field."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        record = log_record.log_record
        if record.event_name:
            record.attributes = {**(record.attributes or {}), "event.name": record.event_name}
            record.event_name = None

    def shutdown(self) -> None:
        pass

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


def _tidy(record: logging.LogRecord) -> bool:
    """Uvicorn repeats each message in colours, and each crash that problems.py has logged with its trace."""
    record.__dict__.pop("color_message", None)
    return not record.msg.startswith("Exception in ASGI application")


class _JsonLine(JsonFormatter):
    """timestamp, level, message, service.name, trace_id, span_id, then the record's own attributes."""

    def __init__(self, service_name: str):
        super().__init__(
            "%(message)s",
            static_fields={"service.name": service_name},
            rename_fields={"exc_info": "exception.stacktrace"},
        )

    def add_fields(self, log_data, record, message_dict):  # type: ignore[no-untyped-def]
        log_data["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = {"WARNING": "warn", "CRITICAL": "error"}.get(record.levelname, record.levelname.lower())
        super().add_fields(log_data, record, message_dict)
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            log_data["trace_id"] = format(context.trace_id, "032x")
            log_data["span_id"] = format(context.span_id, "016x")
