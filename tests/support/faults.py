"""What can go wrong in the stack. A fault ends when its signals have arrived, and returns what the shop responded."""

import json
import time
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.support import alerting, concurrency, engines, shop_database, shop_responses, traffic
from tests.support.alerting import Page
from tests.support.polling import eventually
from tests.support.stack import PAYMENTS_URL, PROMOTIONS_URL, SHOP_URL, Stack
from tests.support.third_parties import DECLINE, behaviour, calmed
from tools.shop_client import Answer, ShopClient

OTLP = "http://127.0.0.1:4318"
INVENTORY = "http://127.0.0.1:3003"
QUEUE_SIZES = [f"{exporter}::sending_queue::queue_size" for exporter in ("otlp_grpc/tempo", "otlp_http/loki")]
LAST_MONTH = (time.time_ns() - 30 * 86400 * 10**9) // 10**9 * 10**9
BUYER = ShopClient(SHOP_URL)
ARRIVES = 60  # seconds
UNAVAILABLE = {"status": 503, "message": "Inventory service unavailable"}
SLOW = {"min": 1800, "max": 1800}  # ms; just below payments-service's time-out for one attempt


def provider_outage(stack: Stack) -> Page:
    """Until there is a page. Quick answers, so that the circuit of payments-service opens, and buyers who meet it."""
    with behaviour(stack, "payment-provider", outage=True, latency_ms={"min": 1, "max": 5}):
        case = alerting.outage_until_paged(lambda: buy(1))
        (expression,) = parse_qs(urlsplit(case["generator_url"]).query)["g0.expr"]
        return Page(case, [found["metric"]["slo"] for found in engines.query(expression)])


def payments_recover(stack: Stack) -> list[str]:
    """The states that Alertmanager gave to the alert on the cause, while the page was open."""
    muted = ["suppressed"]
    states = eventually(
        lambda: found if (found := alerting.notification_states("PaymentsFailing")) == muted else [],
        "PaymentsFailing, inhibited",
        120,
    )
    with calmed(stack, "payment-provider"):
        alerting.outweigh_failures()
    return states


def page_ends(stack: Stack) -> dict[str, Any]:
    """The closed case."""
    return eventually(lambda: alerting.cases(status="closed"), "a closed case", alerting.CLOSES)[0]


def payments_down(stack: Stack) -> dict[str, Answer]:
    """Checkouts fail until the circuit opens; then they are rejected at once."""
    shop_responses.empty_cart(BUYER)
    BUYER.add_to_cart(3, 2)
    before = BUYER.call("GET", "/cart")
    with stack.without("payments-service"):
        checkout = BUYER.checkout()
        after = BUYER.call("GET", "/cart")
        buy(10)
        arrives('webstore_dependency_circuit_breaker_state{dependency="payments-service", state="open"} == 1')
    shop_responses.empty_cart(BUYER)
    return {"cart before": before, "checkout": checkout, "cart after": after}


def payments_hang(stack: Stack) -> None:
    """More buyers come before the first time-out than main-service has connections to payments-service."""
    payments_go_through(stack)
    for buyer in concurrency.BUYERS:
        buyer.add_to_cart(7)
    with stack.paused("payments-service"):
        concurrency.at_once([buyer.checkout for buyer in concurrency.BUYERS])
    arrives('webstore_dependency_rejections_total{dependency="payments-service", reason="pool_exhausted"}')


def many_charges(stack: Stack) -> None:
    """More than payments-service lets out to the provider at once."""
    charge = {"order_id": "1", "user_id": "probe", "amount": 1, "currency": "USD"}
    body = {**charge, "country": "US", "payment_method": "paypal"}
    payments = ShopClient(PAYMENTS_URL, token=None)

    def pay() -> Answer:
        return payments.call("POST", "/api/payments/process", body, idempotency_key=f"probe-{uuid4()}")

    payments_go_through(stack)
    with calmed(stack, "payment-provider", latency_ms=SLOW):
        concurrency.at_once([pay] * 200)
    arrives('payments_provider_rejections_total{reason="pool_exhausted"}')


def payments_go_through(stack: Stack) -> None:
    """Circuits may still be open after the fault before: then nothing would get as far as the next one."""
    with calmed(stack, "payment-provider"):
        eventually(lambda: buy(2) == [200, 200], "payments go through again", ARRIVES)


def cards_declined(stack: Stack) -> None:
    with behaviour(stack, "payment-provider", failure_rate=1, failure_rate_by_country={}, errors=[DECLINE]):
        eventually(lambda: buy(1) == [402], "a declined card", ARRIVES)


def answers_lost(stack: Stack) -> None:
    """The provider charges, and its response gets lost; one time in four there is none at all."""
    with behaviour(stack, "payment-provider", failure_rate=0, failure_rate_by_country={}, answer_loss_rate=1):
        began = time.time()
        lost = '{service_name="payment-provider"} | event_name="payment.answer_lost"'
        # Some checkouts never get there: a circuit may still be open after the fault before.
        eventually(lambda: buy(4) and engines.log_lines(lost, since=began), lost, ARRIVES)


def promotions_down(stack: Stack) -> dict[str, Answer]:
    """Orders go on without a discount, but for those with a coupon."""
    shop_responses.empty_cart(BUYER)
    BUYER.add_to_cart(1)
    with stack.without("promotions-service"), calmed(stack, "payment-provider"):
        responses = {
            "coupons": BUYER.call("GET", "/coupons"),
            "quote": BUYER.call("POST", "/cart/quote", {}),
            "checkout with coupon": BUYER.checkout(coupon_code="WELCOME10"),
            "checkout": BUYER.checkout(),
        }
        arrives('webstore_promotions_total{outcome="unavailable"}')
    return responses


def coupon_used_up(stack: Stack) -> dict[str, Answer]:
    """A checkout and a redemption come after the last use."""
    redemption = {"couponCode": "NEWUSER", "userId": "late", "orderId": "too-late"}
    set_uses = "UPDATE promotions.coupons SET used = {} WHERE code = 'NEWUSER'"
    BUYER.add_to_cart(1)
    shop_database.sql(stack, set_uses.format("max_uses"))
    try:
        responses = {
            "checkout": BUYER.checkout(coupon_code="NEWUSER"),
            "redemption": ShopClient(PROMOTIONS_URL, token=None).call(
                "POST", "/api/promotions/redeem-coupon", redemption
            ),
        }
    finally:
        shop_database.sql(stack, set_uses.format("0"))
    shop_responses.empty_cart(BUYER)
    return responses


def crm_outage(stack: Stack) -> None:
    with behaviour(stack, "crm-system", outage=True):
        began = time.time()
        eventually(lambda: buy(1) == [200], "an order that the CRM does not learn of", ARRIVES)
        logged('{service_name="main-service"} | event_name="outbox.failed"', began)


def inventory_outage(stack: Stack) -> None:
    """First every second response is 503, so that retries help; then all are."""
    with behaviour(stack, "inventory-system", failure_rate=0.5, errors=[UNAVAILABLE]):
        buy(10)
    with behaviour(stack, "inventory-system", outage=True):
        # A circuit may still be open after the outage of another.
        eventually(lambda: buy(1) == [200], "an order confirmed without a reservation", ARRIVES)


def sold_out(stack: Stack) -> None:
    """Another shop buys all that the only warehouse of Japan has of a product."""
    rival = ShopClient(INVENTORY, token=None)
    quantity = 8192
    while quantity >= 1:
        line = {"order_id": f"rival-{quantity}", "product_id": 4, "quantity": quantity, "country": "JP"}
        rival.call("POST", "/api/inventory/reserve", line)
        quantity //= 2
    # A failed reservation may be random bad luck: then the order is delayed, not cancelled.
    eventually(lambda: buy(1, product_id=4, country="JP") == [409], "an order cancelled as sold out", ARRIVES)
    stack.run("docker", "compose", "restart", "inventory-system")  # has its first stock again
    stack.run("docker", "compose", "up", "-d", "--wait", "inventory-system")


def wrong_passwords(stack: Stack) -> None:
    """Also wrong tokens, and paths that do not exist."""
    stranger = ShopClient(SHOP_URL, token=None)
    for attempt in range(12):
        stranger.call("POST", "/auth/login", {**traffic.LOGIN, "password": f"guess {attempt}"})
        ShopClient(SHOP_URL, token="guess").call("GET", "/cart")
        stranger.call("GET", f"/wp-admin/{attempt}")


def low_rate_limit(stack: Stack) -> None:
    start = ("docker", "compose", "up", "-d", "--wait", "main-service")
    stack.run("env", "RATE_LIMIT_USER=3/minute", *start)
    try:
        statuses = {BUYER.call("GET", "/cart").status for _ in range(10)}
        arrives('webstore_rate_limit_exceeded_total{limit_type="user"}')
    finally:
        stack.run(*start)
    assert 429 in statuses


def redis_down(stack: Stack) -> dict[str, Answer]:
    with stack.without("redis"):
        responses = {
            "ready": BUYER.call("GET", "/ready"),
            "cart": BUYER.call("GET", "/cart"),
            "login": ShopClient(SHOP_URL, token=None).call("POST", "/auth/login", traffic.LOGIN),
            "addition": BUYER.add_to_cart(7),
            "checkout": BUYER.checkout(),
        }
        arrives("webstore_rate_limit_skipped_total")
    return responses


def database_down(stack: Stack) -> dict[str, Answer]:
    began = time.time()
    with stack.without("postgres"):
        responses = {
            "health": BUYER.call("GET", "/health"),
            "catalogue": BUYER.call("GET", "/US/products"),
            "coupons": ShopClient(PROMOTIONS_URL, token=None).call("GET", "/api/promotions/coupons"),
        }
        logged('{service_name="main-service"} | event_name="database.unavailable"', began)
        logged('{service_name="main-service"} | event_name="background.waiting"', began)
        logged('{service_name="promotions-service"} | event_name="database.unavailable"', began)
    eventually(lambda: BUYER.call("GET", "/US/products").status == 200, "the catalogue after the database is back")
    return responses


def telemetry_of_last_month(stack: Stack) -> None:
    """Loki rejects such a line for good, and Tempo makes no metrics of such a span."""
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
    scraped_twice("otelcol_exporter_send_failed_log_records")  # before the collector forgets


def telemetry_lost(stack: Stack) -> None:
    """The collector's queues are too small for what arrives."""
    command = ["--config=/etc/otel-collector-config.yaml", *(f"--set=exporters::{queue}=100" for queue in QUEUE_SIZES)]
    tiny = json.dumps({"services": {"otel-collector": {"command": command}}})
    start = "docker compose {} up -d --wait otel-collector"
    stack.run("sh", "-c", f"echo '{tiny}' | {start.format('-f docker-compose.yml -f -')}")
    try:
        traffic.normal_day(SHOP_URL, visits=5)
        scraped_twice("otelcol_exporter_enqueue_failed_log_records > 0")
    finally:
        stack.run(*start.format("").split())


def arrives(expression: str) -> None:
    """A PromQL query has a result."""
    eventually(lambda: engines.query(expression), expression, ARRIVES)


def scraped_twice(expression: str) -> None:
    """As a rate needs."""
    arrives(f"count_over_time(({expression})[2m:5s]) > 3")


def logged(selector: str, since: float) -> None:
    """A LogQL query has a line."""
    eventually(lambda: engines.log_lines(selector, since), selector, ARRIVES)


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
