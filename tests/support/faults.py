"""What has to go wrong for the panels that are rightly empty in peace, and how it is made to."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.support import engines, traffic
from tests.support.polling import eventually
from tests.support.stack import SHOP_URL, Stack
from tests.support.third_parties import behaviour
from tools.shop_client import ShopClient

OTLP = "http://127.0.0.1:4318"
INVENTORY = "http://127.0.0.1:3003"
QUEUE_SIZES = [f"{exporter}::sending_queue::queue_size" for exporter in ("otlp_grpc/tempo", "otlp_http/loki")]
LAST_MONTH = (time.time_ns() - 30 * 86400 * 10**9) // 10**9 * 10**9
BUYER = ShopClient(SHOP_URL)


def payments_down(stack: Stack) -> None:
    """Checkouts fail until the circuit opens; then they are refused at once."""
    with stack.without("payments-service"):
        buy(10)


def provider_outage(stack: Stack) -> None:
    """Quick answers, so that the circuit of payments-service opens, and a buyer who then meets it."""
    opened = '{service_name="payments-service"} | circuit_breaker_state="open"'
    with behaviour(stack, "payment-provider", outage=True, latency_ms={"min": 1, "max": 5}):
        buy_until_logged(opened)


def cards_declined(stack: Stack) -> None:
    errors = [{"status": 400, "message": "Invalid payment details"}]
    with behaviour(stack, "payment-provider", failure_rate=1, failure_rate_by_country={}, errors=errors):
        eventually(lambda: buy(1) == [402], "a declined card", 60)


def answers_lost(stack: Stack) -> None:
    """The provider charges, and what it says of that gets lost; one time in four it says nothing at all."""
    with behaviour(stack, "payment-provider", failure_rate=0, failure_rate_by_country={}, answer_loss_rate=1):
        buy_until_logged('{service_name="payment-provider"} | event_name="payment.answer_lost"')


def crm_outage(stack: Stack) -> None:
    with behaviour(stack, "crm-system", outage=True):
        eventually(lambda: buy(1) == [200], "an order that the CRM is not told of", 60)
        time.sleep(5)  # for the dispatcher


def inventory_outage(stack: Stack) -> None:
    with behaviour(stack, "inventory-system", outage=True):
        # A circuit may still be open after the outage of another.
        eventually(lambda: buy(1) == [200], "an order confirmed without a reservation", 60)


def sold_out(stack: Stack) -> None:
    """Another shop buys all that the only warehouse of Japan has of a product."""
    rival = ShopClient(INVENTORY, token=None)
    quantity = 8192
    while quantity >= 1:
        line = {"order_id": f"rival-{quantity}", "product_id": 4, "quantity": quantity, "country": "JP"}
        rival.call("POST", "/api/inventory/reserve", line)
        quantity //= 2
    # A failed reservation may be random bad luck: then the order is delayed, not cancelled.
    eventually(lambda: buy(1, product_id=4, country="JP") == [409], "an order cancelled for want of goods", 30)
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


def database_down(stack: Stack) -> None:
    with stack.without("postgres"):
        assert BUYER.call("GET", "/US/products").status == 503
        time.sleep(6)  # for each background loop


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


def telemetry_lost(stack: Stack) -> None:
    """Loki refuses a line, and the collector's queues are too small for what arrives."""
    telemetry_of_last_month(stack)
    time.sleep(25)  # for two scrapes, before the collector forgets
    command = ["--config=/etc/otel-collector-config.yaml", *(f"--set=exporters::{queue}=100" for queue in QUEUE_SIZES)]
    tiny = json.dumps({"services": {"otel-collector": {"command": command}}})
    start = "docker compose {} up -d --wait otel-collector"
    stack.run("sh", "-c", f"echo '{tiny}' | {start.format('-f docker-compose.yml -f -')}")
    traffic.normal_day(SHOP_URL, visits=5)
    time.sleep(25)
    stack.run(*start.format("").split())


def buy(times: int, product_id: int = 7, country: str = "US") -> list[int]:
    """The statuses of so many checkouts."""
    item = {"product_id": product_id, "quantity": 1, "country": country}
    statuses = []
    for _ in range(times):
        assert BUYER.call("POST", "/cart/add", item).status == 200
        statuses.append(BUYER.checkout().status)
    return statuses


def buy_until_logged(selector: str) -> None:
    """Some checkouts never get there: a circuit may still be open after the fault before."""
    eventually(lambda: buy(4) and engines.log_lines(selector, minutes=1), selector, 60)
    buy(1)


def send(signal: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{OTLP}/v1/{signal}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()


def alert(stack: Stack) -> None:
    """The first that fires when something is down."""
    with stack.without("cadvisor"):
        eventually(lambda: engines.value('ALERTS{alertstate="firing"}'), "an alert for a target that is down", 150)


#: By dashboard: the panels that are rightly empty in peace, and the fault that fills each.
BY_DASHBOARD: dict[str, dict[str, Callable[[Stack], None]]] = {
    "webstore-overview": {
        "Alerts firing": alert,
        "Errors": payments_down,
        "Error ratio": payments_down,
        "Errors and warnings": payments_down,
        "Service graph": payments_down,
    },
    "slo-tracking": {
        "Burn alerts": payments_down,
        "Availability: 5xx by route": payments_down,
        "Payment success: failures by country": provider_outage,
        "Errors of the shop": provider_outage,
    },
    "service-health": {
        "Error ratio": payments_down,
        "Services": payments_down,
        "Service graph": payments_down,
        "Calls between services": payments_down,
        "Retries": provider_outage,
        "Rejections": payments_down,
        "Swept orders": inventory_outage,
        "Errors and warnings": payments_down,
    },
    "http-endpoints": {
        "Failed requests": payments_down,
        "Refused and failed requests": wrong_passwords,
    },
    "optimistic-inventory": {
        "Reservation failures": inventory_outage,
        "Reservation failures per order": inventory_outage,
        "Failures by country": inventory_outage,
        "Failures by product": inventory_outage,
        "Goods that could not be reserved": inventory_outage,
        "Failed and slow reservations": inventory_outage,
        "Delayed orders": inventory_outage,
        "Delayed share of orders": inventory_outage,
        "Cancelled orders": sold_out,
        "Cancelled share of orders": sold_out,
    },
    "security-monitoring": {
        "Authentication success": wrong_passwords,
        "Authentication failures": wrong_passwords,
        "Failures by reason": wrong_passwords,
        "Failure ratio": wrong_passwords,
        "Reasons": wrong_passwords,
        "Suspicious activity": wrong_passwords,
        "Suspicious activity by type": wrong_passwords,
        "Refusals by status code": wrong_passwords,
        "Refusals by endpoint": wrong_passwords,
        "Refused requests": wrong_passwords,
        "Security events": wrong_passwords,
        "Rate limits hit": low_rate_limit,
        "Rate limits hit by kind": low_rate_limit,
        "Rate limits not checked": redis_down,
    },
    "system-metrics": {
        "Refused, failed or dropped": telemetry_lost,
        "Spans without metrics": telemetry_of_last_month,
    },
    "logs-explorer": {
        "Errors": provider_outage,
        "Warnings": inventory_outage,
    },
}
FAULTS = {(board, panel): fault for board, panels in BY_DASHBOARD.items() for panel, fault in panels.items()}
