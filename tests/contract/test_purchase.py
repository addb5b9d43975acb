"""One purchase is one trace over five services, with logs and metrics to match and nothing secret in any of them."""

import json
import re
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.local_telemetry import events, spans
from tests.support.polling import eventually
from tests.support.third_parties import calm_all
from tools import telemetry
from tools.local_shop import SERVICES, LocalShop
from tools.otlp_sink import OtlpSink, Series, Span, moved
from tools.shop_client import DEMO_TOKEN, ShopClient, new_traceparent

WRONG_PASSWORD = "hunter2-hunter2"
COUNTRY = {"country": "JP"}
METHOD = {"payment_method": "paypal"}
CLOCK_SKEW = 50_000_000  # ns
# Less the ten per cent of an order above 500.
SUBTOTAL_CENTS = 999_99 + 2 * 29_99
TOTAL_CENTS = SUBTOTAL_CENTS - 106_00

#: Log events by service, with how often.
EVENTS = {
    ("main-service", "catalogue.shown"): 1,
    ("main-service", "cart.item_added"): 2,
    ("main-service", "order.confirmed"): 1,
    ("main-service", "outbox.delivered"): 1,
    ("promotions-service", "promotion.checked"): 1,
    ("payments-service", "payment.processed"): 1,
    ("payment-provider", "payment.processed"): 1,
    ("inventory-system", "inventory.reserved"): 2,
    ("crm-system", "crm.order_recorded"): 1,
}


def series(service: str, name: str, **labels: str) -> Series:
    return service, name, frozenset(labels.items())


def stages(*counts: tuple[str, int]) -> dict[Series, float]:
    return {series("main-service", "webstore.funnel.stage", stage=stage, **COUNTRY): n for stage, n in counts}


def segments(*counts: tuple[str, str, int]) -> dict[Series, float]:
    name = "webstore.customer.segment"
    return {series("main-service", name, action=a, segment=s, **COUNTRY): n for a, s, n in counts}


METRICS = {
    series("main-service", "webstore.products.views", **COUNTRY): 1,
    series("main-service", "webstore.cart.additions", product_id="1", **COUNTRY): 1,
    series("main-service", "webstore.cart.additions", product_id="7", **COUNTRY): 1,
    **stages(("browse_catalog", 1), ("add_to_cart", 2), ("checkout_complete", 1)),
    **segments(("browse_catalog", "new", 1), ("add_to_cart", "returning", 2), ("checkout_complete", "returning", 1)),
    series("main-service", "webstore.auth.attempts", type="bearer_token"): 3,
    series("main-service", "webstore.checkouts", status="completed", **COUNTRY, **METHOD): 1,
    series("main-service", "webstore.checkout.amount", **COUNTRY, **METHOD): 1,
    series("main-service", "webstore.payment.duration", **COUNTRY, **METHOD): 1,
    series("main-service", "webstore.promotions", outcome="applied"): 1,
    series("main-service", "webstore.external.inventory.duration", operation="reserve", status="success", **COUNTRY): 2,
    series("main-service", "webstore.external.crm.duration", status="success", **COUNTRY): 1,
    series("main-service", "webstore.outbox.deliveries", kind="order", outcome="delivered"): 1,
    series("promotions-service", "promotions_checked", has_discount="true", **COUNTRY): 1,
    series("promotions-service", "promotion_discount_amount_usd", **{"promotion.id": "BIG_ORDER_10"}): 1,
    series("payments-service", "payments_processed", status="success", **COUNTRY, **METHOD): 1,
    series("payments-service", "payment_amount_usd", **COUNTRY, **METHOD): 1,
    series("payments-service", "external_payment_provider_duration", status="success", **COUNTRY): 1,
    series("payment-provider", "payment_provider.transactions", status="success", **COUNTRY): 1,
    series("inventory-system", "inventory.reservations", status="reserved", warehouse="ASIA-TOKYO"): 2,
    series("crm-system", "crm.records", operation="order", status="success"): 1,
}


@dataclass(frozen=True)
class Purchase:
    trace_id: str
    token: str
    #: Of the request that the trace id came with; nobody reports that span.
    root_id: str
    order: dict[str, Any]
    moved: dict[Series, float]


@pytest.fixture(scope="module")
def purchase(session_shop: LocalShop, sink: OtlpSink) -> Purchase:
    calm_all(session_shop)
    token = login(session_shop)
    before = quiet_metrics(sink)
    trace_id, traceparent = new_traceparent()
    buyer = ShopClient(session_shop.url, token)
    buyer.call("GET", "/JP/products", traceparent=traceparent)
    for product_id, quantity in ((1, 1), (7, 2)):
        body = {"product_id": product_id, "quantity": quantity, **COUNTRY}
        assert buyer.call("POST", "/cart/add", body, traceparent=traceparent).status == 200
    answer = buyer.checkout("paypal", traceparent=traceparent)
    assert (answer.status, answer.body["total_amount"]) == (200, TOTAL_CENTS / 100)
    eventually(lambda: events(sink, trace_id)["main-service", "outbox.delivered"], "the CRM was told")
    after = quiet_metrics(sink)
    return Purchase(trace_id, token, traceparent.split("-")[2], answer.body, moved(before, after))


def login(shop: LocalShop) -> str:
    """A new token, after a wrong password. The user has never bought anything."""
    visitor = ShopClient(shop.url, token=None)
    refused = visitor.call("POST", "/auth/login", {"username": "test", "password": WRONG_PASSWORD})
    assert refused.status == 401
    ShopClient(shop.url, DEMO_TOKEN).call("GET", "/cart")
    answer = visitor.call("POST", "/auth/login", {"username": "test", "password": "test123"})
    token: str = answer.body["token"]
    return token


def quiet_metrics(sink: OtlpSink) -> dict[Series, float]:
    """The domain's metrics, once every service has exported them again without a change."""
    for _ in range(10):
        values = sink.counted_by_shop()
        exports = sink.exports.copy()
        eventually(lambda: sink.exported_twice(exports, SERVICES), "every service exports twice")  # noqa: B023 - at once
        if sink.counted_by_shop() == values:
            return values
    raise AssertionError("the metrics never stop moving")


def test_one_trace_has_all_edges(purchase, sink):
    found = sink.trace(purchase.trace_id)
    by_id = {span.span_id: span for span in found}
    edges = {(place(by_id[span.parent_id]), place(span)) for span in found if span.parent_id in by_id}
    assert set(telemetry.edges()) - edges == set()
    roots = {place(span) for span in found if span.parent_id not in by_id}
    assert {span.parent_id for span in found if span.parent_id not in by_id} == {purchase.root_id}
    assert roots == {("main-service", name) for name in ("GET /{country}/products", "POST /cart/add", "POST /checkout")}
    assert not [span for span in found if span.is_error]


def place(span: Span) -> tuple[str, str]:
    return span.service, span.name


def test_each_call_starts_within_its_caller(purchase, sink):
    """A server may end its span after the caller has read the answer, and processes' clocks differ a little."""
    by_id = {span.span_id: span for span in sink.trace(purchase.trace_id)}
    for span in by_id.values():
        parent = by_id.get(span.parent_id)
        if parent and span.name != "deliver order to CRM":
            assert parent.start - CLOCK_SKEW <= span.start <= parent.end + CLOCK_SKEW, (place(parent), place(span))


def test_the_request_span_follows_the_conventions(purchase, sink):
    [span] = spans(sink, purchase.trace_id, "main-service", "POST /checkout")
    expected = {"http.request.method": "POST", "http.route": "/checkout", "http.response.status_code": 200}
    assert expected.items() <= span.attributes.items()
    assert not [name for name in span.attributes if name in ("http.method", "http.target", "http.status_code")]


@pytest.mark.parametrize(
    ("system", "operations"), [("sqlite", {"SELECT", "INSERT", "UPDATE", "DELETE"}), ("redis", {"HGETALL"})]
)
def test_database_and_redis_calls_are_client_spans(system, operations, purchase, sink):
    found = [span for span in sink.trace(purchase.trace_id) if span.attributes.get("db.system.name") == system]
    assert {span.service for span in found} == {"main-service"}
    assert operations <= {span.name.split()[0] for span in found}


def test_each_service_logs_in_the_trace(purchase, sink):
    assert events(sink, purchase.trace_id) == EVENTS
    span_ids = {span.span_id for span in sink.trace(purchase.trace_id)}
    assert {line.span_id for line in sink.logs_of(purchase.trace_id)} <= span_ids


def test_the_log_lines_tell_the_order(purchase, sink):
    [line] = [line for line in sink.logs_of(purchase.trace_id) if line.attributes["event.name"] == "order.confirmed"]
    expected = {"order.id": purchase.order["order_id"], "user.id": "test", "order.amount": TOTAL_CENTS / 100, **COUNTRY}
    assert expected.items() <= line.attributes.items()
    assert (line.severity, line.body) == ("info", "Order confirmed")


def test_the_order_names_its_trace(purchase):
    assert purchase.order["trace_id"] == purchase.trace_id


def test_exactly_these_metrics_move(purchase):
    assert purchase.moved == METRICS


@pytest.mark.parametrize(
    ("service", "route"),
    [
        ("main-service", "/checkout"),
        ("promotions-service", "/api/promotions/check"),
        ("payments-service", "/api/payments/process"),
        ("payment-provider", "/api/payment/process"),
        ("inventory-system", "/api/inventory/reserve"),
        ("crm-system", "/api/customer/order"),
    ],
)
def test_requests_are_measured_by_route(service, route, purchase, sink):
    expected = {"http.route": route, "http.request.method": "POST", "http.response.status_code": 200}
    counts = [
        count
        for (origin, name, labels), count in sink.series.items()
        if (origin, name) == (service, "http.server.request.duration") and expected.items() <= dict(labels).items()
    ]
    assert counts
    assert min(counts) >= 1


def test_exemplars_lead_to_traces(purchase, sink):
    exemplars = sink.exemplars["http.server.request.duration"]
    assert purchase.trace_id in exemplars
    eventually(lambda: exemplars <= {span.trace_id for span in sink.spans}, "every exemplar's trace is there")


@pytest.mark.parametrize("secret", ["login token", DEMO_TOKEN, "test123", WRONG_PASSWORD, "e-mail"])
def test_nothing_secret_is_told(secret, purchase, sink, session_shop):
    pattern = {"login token": re.escape(purchase.token), "e-mail": r"[\w.+-]+@[\w-]+\.\w+"}.get(
        secret, re.escape(secret)
    )
    lines = [line for service in SERVICES for line in stdout(session_shop, service)]
    everything = [*sink.spans, *sink.logs, *sink.series, *lines]
    assert len(sink.spans) > 50
    assert len(lines) > 10
    assert [thing for thing in everything if re.search(pattern, str(thing))] == []


@pytest.mark.parametrize("service", SERVICES)
def test_stdout_is_json_with_the_agreed_fields(service, purchase, session_shop):
    lines = [json.loads(line) for line in stdout(session_shop, service)]
    assert purchase.trace_id in {line.get("trace_id") for line in lines}
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).utcoffset().total_seconds() == 0
        assert re.search(r"\.\d{3}(Z|\+00:00)$", line["timestamp"])
        assert line["level"] in ("debug", "info", "warn", "error")
        assert line["message"]
        assert line["service.name"] == service


def test_requests_on_one_connection_have_traces_of_their_own(session_shop):
    """Also when they are sent without waiting for answers; the first one brings its trace along."""
    request = "GET /US/products/99 HTTP/1.1\r\nHost: shop\r\n"
    headers = (f"traceparent: {new_traceparent()[1]}\r\n", "", "Connection: close\r\n")
    address = urlsplit(session_shop.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall("".join(f"{request}{header}\r\n" for header in headers).encode())
        answers = connection.makefile().read()
    assert len(set(re.findall(r'"trace_id":"(\w+)"', answers))) == len(headers)


def stdout(shop: LocalShop, service: str) -> list[str]:
    return (shop.processes.logs / f"{service}.log").read_text().splitlines()
