"""SIGTERM ends a process without a loss: requests in progress are answered, and their telemetry is sent."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.local_telemetry import events, spans
from tests.support.polling import eventually
from tests.support.third_parties import calm
from tools.local_shop import SERVICES
from tools.shop_client import ShopClient, new_traceparent

#: Milliseconds at each of two third parties; just below the time-outs of those who call them.
SLOW = {"min": 1500, "max": 1500}


def test_a_slow_checkout_outlives_the_stop_signal(own_shop, own_sink):
    for third_party in ("payment-provider", "inventory-system"):
        calm(own_shop, third_party, latency_ms=SLOW)
    buyer = ShopClient(own_shop.url)
    buyer.add_to_cart(product_id=7)
    trace_id, traceparent = new_traceparent()
    with ThreadPoolExecutor() as threads:
        checkout = threads.submit(buyer.checkout, traceparent=traceparent)
        eventually(lambda: pending_orders(buyer), "the checkout is under way")
        exit_status = own_shop.processes.stop("main-service")
        answer = checkout.result()
    assert (answer.status, answer.body["status"], answer.body["fulfilment"]) == (200, "confirmed", "reserved")
    assert exit_status == 0
    [span] = spans(own_sink, trace_id, "main-service", "POST /checkout")
    assert span.milliseconds >= 3000
    assert events(own_sink, trace_id)["main-service", "order.confirmed"] == 1
    assert [value for (_, name, _), value in own_sink.series.items() if name == "webstore.checkouts"] == [1]


def pending_orders(buyer: ShopClient) -> list[int]:
    return [order["id"] for order in buyer.call("GET", "/orders").body["orders"] if order["status"] == "pending"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_every_service_ends_with_0(how, own_shop):
    statuses = {service: own_shop.processes.stop(service, how) for service in SERVICES}
    assert statuses == dict.fromkeys(SERVICES, 0)
