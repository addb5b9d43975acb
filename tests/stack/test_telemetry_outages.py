"""What happens while a part of the telemetry pipeline is away is told afterwards: count equals count."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support import engines, traffic
from tests.support.polling import eventually, paced
from tests.support.soak import soaked
from tests.support.stack import SHOP_URL, Stack
from tools import telemetry

SERVICES = set(telemetry.SERVERS)
#: Seconds; the shorter one is longer than Python's exporter tries by itself.
OUTAGE = soaked(20, 300)
PAUSE = 1.0  # seconds between two purchases
#: gRPC for Node waits up to half a minute before it connects anew; then the queues are worked off.
RECOVERY = 120  # seconds


@contextmanager
def restarted(stack: Stack, service: str) -> Iterator[None]:
    """It goes down and comes up while the body runs."""
    stack.run("docker", "compose", "restart", "--no-deps", service)
    yield
    stack.run("docker", "compose", "up", "-d", "--wait", service)


@pytest.mark.parametrize("away", [("otel-collector",), ("tempo", "loki")], ids="+".join)
def test_nothing_of_an_outage_is_lost(stack: Stack, away: tuple[str, ...]) -> None:
    with stack.without(*away):
        traces = purchases(OUTAGE)
    assert len(traces) >= OUTAGE / (PAUSE + 2), "too few purchases to speak of"
    everything_of(traces)


def test_nothing_of_a_restart_of_the_collector_is_lost(stack: Stack) -> None:
    with restarted(stack, "otel-collector"):
        traces = purchases(15)
    everything_of(traces)


def purchases(seconds: float) -> list[str]:
    """The traces of all orders of that time that were confirmed with their goods."""
    traces = []
    for _ in paced(seconds, PAUSE):
        if trace_id := traffic.purchase(SHOP_URL):
            traces.append(trace_id)
    return traces


def everything_of(traces: list[str]) -> None:
    """Each has its spans, once, and its log lines, once, of every service."""
    incomplete: dict[str, str] = {}

    def complete() -> bool:
        incomplete.clear()
        incomplete.update({trace_id: found for trace_id in traces if (found := missing(trace_id))})
        return not incomplete

    try:
        eventually(complete, "everything of every order", RECOVERY)
    except AssertionError as error:
        raise AssertionError(f"{len(incomplete)} of {len(traces)} orders: {incomplete}") from error


def missing(trace_id: str) -> str:
    spans = engines.trace(trace_id)
    lines = engines.log_lines(f'{{service_name=~".+"}} | trace_id="{trace_id}"')
    confirmed = [line for line in lines if line["event_name"] == "order.confirmed"]
    ids = [span.span_id for span in spans]
    faults = {
        "spans": SERVICES - {span.service for span in spans},
        "lines": SERVICES - {line["service_name"] for line in lines},
        "doubled": {span_id for span_id in ids if ids.count(span_id) > 1},
        "orders confirmed": set() if len(confirmed) == 1 else {len(confirmed)},
    }
    return ", ".join(f"{name}: {found}" for name, found in faults.items() if found)
