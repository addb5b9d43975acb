"""Each behaviour of the breakers, retries, pools and limits was seen in a metric when the day had its fault."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tests.support import engines, faults
from tests.support.day import LINGERS, Day, Occurrence
from tests.support.polling import eventually
from tests.support.stack import Stack
from tools import telemetry

SOON = 60  # seconds
HOUR = 3600
OPEN = '{__name__=~"(webstore_dependency|payments_provider)_circuit_breaker_state", state="open"}'
MAIN = 'dependency="payments-service"'


@dataclass(frozen=True)
class Seen:
    """Counters that went up, and gauges that were at least 1, from the beginning of a fault until shortly after it."""

    counters: Sequence[str] = ()
    gauges: Sequence[str] = ()


SEEN = {
    "payments_down": Seen(
        counters=(
            f'webstore_dependency_retries_total{{{MAIN}, error_type="ConnectError"}}',
            f'webstore_dependency_rejections_total{{{MAIN}, reason="circuit_open"}}',
        ),
        gauges=(f'webstore_dependency_circuit_breaker_state{{{MAIN}, state="open"}}',),
    ),
    "inventory_outage": Seen(
        counters=('webstore_dependency_retries_total{dependency="inventory-system", error_type="503"}',)
    ),
    "payments_hang": Seen(
        counters=(f'webstore_dependency_rejections_total{{{MAIN}, reason="pool_exhausted"}}',),
        gauges=(f"webstore_dependency_call_limit{{{MAIN}}}",),
    ),
    "provider_outage": Seen(
        counters=(
            'payments_provider_retries_total{error_type!=""}',
            'payments_provider_rejections_total{reason="circuit_open"}',
        ),
        gauges=('payments_provider_circuit_breaker_state{state="open"}',),
    ),
    "many_charges": Seen(
        counters=('payments_provider_rejections_total{reason="pool_exhausted"}',),
        gauges=("payments_provider_request_limit",),
    ),
    "low_rate_limit": Seen(counters=('webstore_rate_limit_exceeded_total{limit_type="user"}',)),
    "redis_down": Seen(counters=("webstore_rate_limit_skipped_total",)),
}


def test_each_is_in_the_contract() -> None:
    names = {metric.name for metric in telemetry.metrics()}
    assert {series.split("{")[0] for seen in SEEN.values() for series in (*seen.counters, *seen.gauges)} <= names


@pytest.mark.parametrize("fault", SEEN)
def test_it_is_seen(day: Day, fault: str) -> None:
    occurrence = day.occurrence(fault)
    for counter in SEEN[fault].counters:
        eventually(lambda: increase(counter, occurrence), f"{counter} goes up", SOON)  # noqa: B023 - at once
    for gauge in SEEN[fault].gauges:
        eventually(lambda: highest(gauge, occurrence) >= 1, f"{gauge} was 1", SOON)  # noqa: B023 - at once


def increase(counter: str, occurrence: Occurrence) -> float:
    return counted(counter, end_of(occurrence)) - counted(counter, occurrence.began)


def counted(counter: str, at: float) -> float:
    """What its series had counted within an hour, of containers that are gone too, and exactly: increase() would
    estimate, and leave out what a series was first seen with.
    """
    found = engines.query(f"{counter}[1h]", at)
    values = [[float(value) for _, value in series["values"]] for series in found]
    steps = [step for series in values for step in pairwise([0.0, *series])]
    return sum(after if after < before else after - before for before, after in steps)


def highest(gauge: str, occurrence: Occurrence) -> float:
    end = end_of(occurrence)
    return engines.value(f"max_over_time({gauge}[{int(end - occurrence.began) + 1}s])", end)


def end_of(occurrence: Occurrence) -> float:
    """When its last signals have arrived."""
    return min(occurrence.ended + LINGERS, time.time())


def test_circuits_close_again(stack: Stack) -> None:
    """By a trial call."""

    def closed() -> bool:
        faults.buy(1)
        return not engines.query(f"{OPEN} == 1")

    eventually(closed, "every circuit is closed", 90)
