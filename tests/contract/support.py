"""Waiting, and the questions that several tests ask of the shop and of the sink."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from tools.local_shop import LocalShop
from tools.otlp_sink import OtlpSink, Series, Span
from tools.shop_client import Answer, ShopClient

T = TypeVar("T")

PATIENCE = 20.0  # seconds; exports come every second and the machine may be busy
THIRD_PARTIES = ("payment-provider", "crm-system", "inventory-system")
#: Quick and without failures.
CALM = {"latency_ms": {"min": 1, "max": 5}, "failure_rate": 0, "failure_rate_by_country": {}}
#: Metrics of the shop's own business; the others are the runtimes' and the instrumentations'.
DOMAIN_METRICS = ("webstore.", "payment", "external_", "crm.", "inventory.")


def eventually(condition: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """The condition's first true value."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"after {patience:.0f} s still not: {what}"
        time.sleep(0.05)
    return value


def behave(shop: LocalShop, service: str, **settings: Any) -> None:
    """Calm, but for `settings`."""
    answer = ShopClient(shop.urls[service], token=None).call("PUT", "/admin/behaviour", {**CALM, **settings})
    assert answer.status == 200, answer.body


def order(buyer: ShopClient, order_id: int) -> dict[str, Any]:
    answer = buyer.call("GET", f"/orders/{order_id}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def problem(answer: Answer) -> tuple[int, str]:
    """Status and name."""
    return answer.status, answer.body["type"].removeprefix("urn:webstore:problem:")


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
