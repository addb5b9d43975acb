"""A handler that crashes counts as 500, shows its trace, and tells the client nothing but that trace's id."""

import sqlite3
from contextlib import closing

import pytest

from tests.support.local_telemetry import spans
from tests.support.polling import eventually
from tests.support.third_parties import calm
from tools.shop_client import ShopClient, new_traceparent


@pytest.fixture
def unreadable_order(shop):
    """An order in a state that no version of the program knows."""
    calm(shop, "payment-provider")
    buyer = ShopClient(shop.url, token="admin-token-456")
    buyer.add_to_cart(product_id=7)
    order_id = buyer.checkout().body["order_id"]
    set_status(shop, order_id, "bogus")
    yield buyer
    set_status(shop, order_id, "confirmed")


def set_status(shop, order_id: int, status: str) -> None:
    with closing(sqlite3.connect(shop.processes.logs / "webstore.db")) as database, database:
        database.execute("UPDATE orders SET status = ? WHERE id = ?", (status, order_id))


def test_a_crash_is_counted_traced_and_logged(unreadable_order, sink):
    trace_id, traceparent = new_traceparent()
    answer = unreadable_order.call("GET", "/orders", traceparent=traceparent)
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body == {
        "type": "urn:webstore:problem:internal-error",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong on our side.",
        "trace_id": trace_id,
    }
    [span] = eventually(lambda: spans(sink, trace_id, "main-service", "GET /orders"), "the request's span")
    assert span.is_error
    expected = {"http.route": "/orders", "http.response.status_code": 500}
    assert expected.items() <= span.attributes.items()
    eventually(lambda: counted(sink, expected), "the request is counted as 500")
    [line] = eventually(lambda: [line for line in sink.logs_of(trace_id) if line.severity == "error"], "its log line")
    assert line.attributes["event.name"] == "request.failed"
    assert "LookupError" in line.attributes["exception.stacktrace"]


def counted(sink, labels: dict[str, object]) -> bool:
    name = "http.server.request.duration"
    return any(key[1] == name and labels.items() <= dict(key[2]).items() for key in list(sink.series))
