"""What has to go wrong for the panels that are rightly empty in peace, and how it is made to."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.stack import traffic
from tests.stack.compose import SHOP_URL, Stack, eventually
from tools.shop_client import ShopClient

OTLP = "http://127.0.0.1:4318"
INVENTORY = "http://127.0.0.1:3003"
PORTS = {"payment-provider": 3001, "crm-system": 3002, "inventory-system": 3003}
PUT_BEHAVIOUR = """
  const [url, body] = process.argv.slice(1);
  fetch(url, { method: 'PUT', body, headers: { 'content-type': 'application/json' } })
    .then((answer) => process.exit(answer.ok ? 0 : 1));
"""
LAST_MONTH = (time.time_ns() - 30 * 86400 * 10**9) // 10**9 * 10**9
BUYER = ShopClient(SHOP_URL)


def payments_down(stack: Stack) -> None:
    """Checkouts fail until the circuit opens; then they are refused at once."""
    with stack.without("payments-service"):
        buy(10)


def provider_outage(stack: Stack) -> None:
    with behaviour(stack, "payment-provider", outage=True):
        buy(5)


def inventory_outage(stack: Stack) -> None:
    with behaviour(stack, "inventory-system", outage=True):
        buy(3)


def sold_out(stack: Stack) -> None:
    """Another shop buys all that the only warehouse of Japan has of a product."""
    rival = ShopClient(INVENTORY, token=None)
    quantity = 8192
    while quantity >= 1:
        line = {"order_id": f"rival-{quantity}", "product_id": 4, "quantity": quantity, "country": "JP"}
        rival.call("POST", "/api/inventory/reserve", line)
        quantity //= 2
    # A failed reservation may be random bad luck: then the order is delayed, not cancelled.
    eventually(lambda: buy(1, product_id=4, country="JP") == [409], 30, "an order cancelled for want of goods")
    stack.run("docker", "compose", "restart", "inventory-system")  # has its first stock again
    stack.run("docker", "compose", "up", "-d", "--wait", "inventory-system")


def wrong_passwords(stack: Stack) -> None:
    """Also of tokens, and paths that do not exist."""
    stranger = ShopClient(SHOP_URL, token=None)
    for attempt in range(12):
        stranger.call("POST", "/auth/login", {**traffic.LOGIN, "password": f"guess {attempt}"})
        ShopClient(SHOP_URL, token="guess").call("GET", "/cart")
        stranger.call("GET", f"/wp-admin/{attempt}")


def low_rate_limit(stack: Stack) -> None:
    start = ("docker", "compose", "up", "-d", "--wait", "main-service")
    stack.run("env", "RATE_LIMIT_USER=3/minute", *start)
    statuses = {BUYER.call("GET", "/cart").status for _ in range(10)}
    time.sleep(15)  # for the export before the container goes
    stack.run(*start)
    assert 429 in statuses


def redis_down(stack: Stack) -> None:
    with stack.without("redis"):
        assert BUYER.call("GET", "/cart").status == 200


def telemetry_of_last_month(stack: Stack) -> None:
    """Loki refuses such a line for good, and Tempo makes no metrics of such a span."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "main-service"}}]}
    line = {"timeUnixNano": str(LAST_MONTH), "severityNumber": 9, "body": {"stringValue": "late"}}
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "late",
        "kind": 2,
        "startTimeUnixNano": str(LAST_MONTH),
        "endTimeUnixNano": str(LAST_MONTH + 10**6),
    }
    send("logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [line]}]}]})
    send("traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]})


#: By the dashboard and panel that each fills.
FAULTS: dict[tuple[str, str], Callable[[Stack], None]] = {}


@contextmanager
def behaviour(stack: Stack, service: str, **settings: Any) -> Iterator[None]:
    """A third party misbehaves inside."""
    _set_behaviour(stack, service, settings)
    try:
        yield
    finally:
        _set_behaviour(stack, service, {})


def _set_behaviour(stack: Stack, service: str, settings: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{PORTS[service]}/admin/behaviour"
    stack.run("docker", "compose", "exec", "-T", service, "node", "-e", PUT_BEHAVIOUR, url, json.dumps(settings))


def buy(times: int, product_id: int = 7, country: str = "US") -> list[int]:
    """The statuses of so many checkouts."""
    item = {"product_id": product_id, "quantity": 1, "country": country}
    statuses = []
    for _ in range(times):
        assert BUYER.call("POST", "/cart/add", item).status == 200
        statuses.append(BUYER.checkout().status)
    return statuses


def send(signal: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{OTLP}/v1/{signal}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()
