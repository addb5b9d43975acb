"""Each behaviour of the breakers, retries, pools and limits is seen in a metric when it happens."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from tests.support import concurrency, engines, faults
from tests.support.polling import eventually
from tests.support.stack import PAYMENTS_URL, Stack
from tests.support.third_parties import behaviour, calmed
from tools import telemetry
from tools.shop_client import ShopClient

# An export every 10 s, a scrape every 15 s, and a fault's own recovery.
PATIENCE = 90.0  # seconds
SLOW = {"min": 1800, "max": 1800}  # ms; just below payments-service's time-out for one attempt
OPEN = '{__name__=~"(webstore_dependency|payments_provider)_circuit_breaker_state", state="open"}'
MAIN = 'dependency="payments-service"'


def provider_outage(stack: Stack) -> None:
    """Enough for payments-service's breaker, which judges 20 attempts, and open until the next export."""
    with calmed(stack, "payment-provider", outage=True):
        faults.buy(10)
        time.sleep(15)


def one_refused_warehouse(stack: Stack) -> None:
    """Every second answer is 503; what comes after it is a retry's."""
    unavailable = {"status": 503, "message": "Inventory service unavailable"}
    with behaviour(stack, "inventory-system", failure_rate=0.5, errors=[unavailable]):
        faults.buy(10)


def payments_hang(stack: Stack) -> None:
    """More buyers come before the first time-out, after 6 s, than main-service has connections to payments-service."""
    with concurrency.admitted(stack):
        for buyer in concurrency.BUYERS:
            buyer.add_to_cart(7)
        stack.run("docker", "compose", "pause", "payments-service")
        try:
            concurrency.at_once([buyer.checkout for buyer in concurrency.BUYERS])
        finally:
            stack.run("docker", "compose", "unpause", "payments-service")
        time.sleep(25)  # for an export and a scrape before the container goes


def many_charges(stack: Stack) -> None:
    """More than payments-service lets out to the provider at once."""
    charge = {"order_id": "1", "user_id": "probe", "amount": 1, "currency": "USD"}
    body = {**charge, "country": "US", "payment_method": "paypal"}
    payments = ShopClient(PAYMENTS_URL, token=None)

    def pay() -> Any:
        return payments.call("POST", "/api/payments/process", body, idempotency_key=f"probe-{uuid4()}")

    with calmed(stack, "payment-provider"):  # its circuit may still be open after an outage
        eventually(lambda: faults.buy(2) == [200, 200], "the provider is asked again", 60)
    with calmed(stack, "payment-provider", latency_ms=SLOW):
        concurrency.at_once([pay] * 200)


@dataclass(frozen=True)
class Seen:
    """Counters that went up, and gauges that were at least 1, since the fault began."""

    counters: Sequence[str] = ()
    gauges: Sequence[str] = ()


SEEN: dict[Callable[[Stack], None], Seen] = {
    faults.payments_down: Seen(
        counters=(
            f'webstore_dependency_retries_total{{{MAIN}, error_type="ConnectError"}}',
            f'webstore_dependency_rejections_total{{{MAIN}, reason="circuit_open"}}',
        ),
        gauges=(f'webstore_dependency_circuit_breaker_state{{{MAIN}, state="open"}}',),
    ),
    one_refused_warehouse: Seen(
        counters=('webstore_dependency_retries_total{dependency="inventory-system", error_type="503"}',)
    ),
    payments_hang: Seen(
        counters=(f'webstore_dependency_rejections_total{{{MAIN}, reason="pool_exhausted"}}',),
        gauges=(f"webstore_dependency_call_limit{{{MAIN}}}",),
    ),
    provider_outage: Seen(
        counters=(
            'payments_provider_retries_total{error_type!=""}',
            'payments_provider_rejections_total{reason="circuit_open"}',
        ),
        gauges=('payments_provider_circuit_breaker_state{state="open"}',),
    ),
    many_charges: Seen(
        counters=('payments_provider_rejections_total{reason="pool_exhausted"}',),
        gauges=("payments_provider_request_limit",),
    ),
    faults.low_rate_limit: Seen(counters=('webstore_rate_limit_exceeded_total{limit_type="user"}',)),
    faults.redis_down: Seen(counters=("webstore_rate_limit_skipped_total",)),
}


def test_each_is_in_the_contract() -> None:
    names = {metric.name for metric in telemetry.metrics()}
    assert {series.split("{")[0] for seen in SEEN.values() for series in (*seen.counters, *seen.gauges)} <= names


@pytest.mark.parametrize("fault", SEEN, ids=lambda fault: fault.__name__)
def test_it_is_seen(stack: Stack, fault: Callable[[Stack], None]) -> None:
    seen, start = SEEN[fault], time.time()
    before = {counter: counted(counter) for counter in seen.counters}
    fault(stack)
    for counter in seen.counters:
        eventually(lambda: counted(counter) > before[counter], f"{counter} goes up", PATIENCE)  # noqa: B023 - at once
    for gauge in seen.gauges:
        eventually(lambda: highest(gauge, start) >= 1, f"{gauge} was 1", PATIENCE)  # noqa: B023 - at once


def counted(counter: str) -> float:
    """What its series have counted within an hour, of containers that are gone too, and exactly: increase() would
    estimate, and leave out what a series was first seen with.
    """
    values = [[float(value) for _, value in series["values"]] for series in engines.query(f"{counter}[1h]")]
    steps = [step for series in values for step in pairwise([0.0, *series])]
    return sum(after if after < before else after - before for before, after in steps)


def highest(gauge: str, start: float) -> float:
    return engines.value(f"max_over_time({gauge}[{int(time.time() - start) + 1}s])")


def test_circuits_close_again(stack: Stack) -> None:
    """Stands last: a trial call closes them."""

    def closed() -> bool:
        faults.buy(1)
        return not engines.query(f"{OPEN} == 1")

    eventually(closed, "every circuit is closed", PATIENCE)
