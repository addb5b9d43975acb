"""A log record goes out twice with the same content: as one JSON line on stdout, and by OTLP."""

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from webstore.telemetry import logs

log = logging.getLogger("webstore.test")
EXTRA = {"event.name": "cart.item_added", "user.id": "user123", "product.id": 7, "country": "DE"}


@pytest.fixture
def stdout(monkeypatch):
    monkeypatch.setattr(sys, "stdout", StringIO())
    return sys.stdout


@pytest.fixture
def exported(stdout, monkeypatch):
    """The OTLP side. The process's own logging is as before afterwards."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider()
    provider.add_log_record_processor(logs.EventNameAsAttribute())
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logs.configure("INFO", "main-service", provider)
    yield exporter
    provider.shutdown()


def test_a_line_has_the_agreed_fields_both_ways(exported, stdout):
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        log.warning("Item %s added", 7, extra=EXTRA)

    line = json.loads(stdout.getvalue())
    [sent] = exported.get_finished_logs()
    context = span.get_span_context()
    written_at = datetime.fromisoformat(line.pop("timestamp"))
    assert timedelta() <= datetime.now(UTC) - written_at < timedelta(seconds=5)
    assert line == {
        "level": "warn",
        "message": "Item 7 added",
        "service.name": "main-service",
        "trace_id": format(context.trace_id, "032x"),
        "span_id": format(context.span_id, "016x"),
        **EXTRA,
    }
    record = sent.log_record
    assert (record.body, record.severity_text) == ("Item 7 added", "WARN")
    assert (record.trace_id, record.span_id) == (context.trace_id, context.span_id)
    assert EXTRA.items() <= dict(record.attributes).items()


@pytest.mark.parametrize(
    ("level", "written"),
    [("debug", []), ("info", ["info"]), ("warning", ["warn"]), ("error", ["error"]), ("critical", ["error"])],
)
def test_levels(level, written, exported, stdout):
    getattr(log, level)("text")
    assert [json.loads(line)["level"] for line in stdout.getvalue().splitlines()] == written
    assert len(exported.get_finished_logs()) == len(written)


def test_outside_of_a_trace_there_are_no_ids(exported, stdout):
    log.info("text")
    assert {"trace_id", "span_id"}.isdisjoint(json.loads(stdout.getvalue()))


def test_an_exception_stays_on_one_line(exported, stdout):
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        log.exception("It\nfailed", extra={"event.name": "request.failed"})
    [text] = stdout.getvalue().splitlines()
    line = json.loads(text)
    assert line["message"] == "It\nfailed"
    assert line["exception.stacktrace"].endswith("ValueError: first\nsecond")
    [sent] = exported.get_finished_logs()
    assert "ValueError: first" in sent.log_record.attributes["exception.stacktrace"]


@pytest.mark.parametrize("name", ["httpx", "httpcore", "uvicorn.access", "alembic", "opentelemetry.exporter.otlp"])
def test_libraries_that_repeat_the_spans_are_quiet(name, exported, stdout):
    logging.getLogger(name).info("one line a request")
    assert stdout.getvalue() == ""
