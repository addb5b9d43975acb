"""Traces: the one in progress, and work that continues an earlier one."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.trace import Span

tracer = trace.get_tracer("webstore")


def current_trace_id() -> str | None:
    """The 32 hex digits of the trace in progress."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


def carrier() -> dict[str, str]:
    """The trace in progress as W3C headers, to be stored with work that is done later."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


@contextmanager
def continued(name: str, headers: dict[str, str]) -> Iterator[Span]:
    """A span in the trace that `headers` came from, for work that was stored to be done later."""
    with tracer.start_as_current_span(name, context=propagate.extract(headers)) as span:
        yield span
