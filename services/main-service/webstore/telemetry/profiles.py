"""CPU profiles, and the link from a request's span to its samples.

Pyroscope's own span processor tags the thread that starts a span. Here that thread is the event loop, which works on
many requests in turns, so their samples would mix. Instead the worker threads are tagged, each for the one request
that it works for; what the event loop itself burns stays without a span.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pyroscope
from opentelemetry.trace import Span

# Set by Pyroscope's convention on a local root span; the samples carry the same value as `span_id`.
PROFILE_ID = "pyroscope.profile.id"

# The profiler looks at the stacks of all threads, sleeping ones too, so that each look costs about a millisecond. At
# the usual 100 Hz that was a tenth of a core at rest, and more under load (docs/10_TELEMETRY_COST.md).
SAMPLE_RATE = 20  # Hz

_labels: ContextVar[dict[str, str] | None] = ContextVar("profile_labels", default=None)
_running = False


def start(service_name: str, server_address: str | None) -> None:
    global _running
    if server_address:
        # Password hashing runs outside the interpreter's lock; with gil_only it would not be seen.
        _running = pyroscope.configure(
            application_name=service_name,
            server_address=server_address,
            sample_rate=SAMPLE_RATE,
            gil_only=False,
            oncpu=True,
        )


def stop() -> None:
    if _running:
        pyroscope.shutdown()


def attach_to_request(span: Span, scope: dict[str, Any]) -> None:
    """Give a request's server span its profile id. Called in the request's own context."""
    if not _running or not span.is_recording():
        return
    span_id = format(span.get_span_context().span_id, "016x")
    span.set_attribute(PROFILE_ID, span_id)
    _labels.set({"span_id": span_id})


@contextmanager
def labelled_with_span() -> Iterator[None]:
    """Label this thread's samples with the request's profile id."""
    labels = _labels.get()
    if labels is None:
        yield
        return
    with pyroscope.tag_wrapper(labels):
        yield
