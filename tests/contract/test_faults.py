"""What fails around the shop costs no money, no goods and no message, and the buyer is told what is true."""

import time

import pytest

from tests.support.local_telemetry import events, spans
from tests.support.polling import eventually
from tests.support.shop_responses import empty_cart, order, problem
from tests.support.third_parties import DECLINE, calm
from tools.shop_client import ShopClient, new_traceparent


@pytest.fixture
def buyer(shop) -> ShopClient:
    """With two mice in the cart, and nothing else."""
    return full_cart(shop.url)


def full_cart(url: str) -> ShopClient:
    buyer = ShopClient(url)
    empty_cart(buyer)
    assert buyer.add_to_cart(product_id=7, quantity=2).status == 200
    return buyer


def stock(buyer: ShopClient) -> int:
    pieces: int = buyer.call("GET", "/US/products/7").body["stock"]
    return pieces


def test_a_declined_card(shop, buyer):
    calm(shop, "payment-provider", failure_rate=1, errors=[DECLINE])
    before = stock(buyer)
    answer = buyer.checkout()
    assert problem(answer) == (402, "payment-declined")
    assert (buyer.cart(), stock(buyer)) == ({7: 2}, before)
    declined = order(buyer, answer.body["order_id"])
    assert (declined["status"], declined["status_reason"]) == ("declined", "Invalid payment details")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_provider_that_fails_charges_nothing(status, shop, buyer):
    """It can still be asked what became of the charge; so the order ends at once."""
    calm(shop, "payment-provider", failure_rate=1, errors=[{"status": status, "message": "not now"}])
    before = stock(buyer)
    answer = buyer.checkout()
    assert problem(answer) == (503, "payment-unavailable")
    assert (buyer.cart(), stock(buyer)) == ({7: 2}, before)
    assert order(buyer, answer.body["order_id"])["status"] == "failed"
    calm(shop, "payment-provider")
    eventually(lambda: buyer.checkout().status == 200, "the buyer succeeds after the recovery")


def test_a_provider_outage_leaves_the_order_pending_until_it_is_over(shop, buyer):
    calm(shop, "payment-provider", outage=True)
    before = stock(buyer)
    answer = buyer.checkout()
    assert problem(answer) == (503, "checkout-pending")
    assert int(answer.headers["retry-after"]) > 0
    order_id = answer.body["order_id"]
    assert (order(buyer, order_id)["status"], buyer.cart(), stock(buyer)) == ("pending", {}, before - 2)
    calm(shop, "payment-provider")
    eventually(lambda: order(buyer, order_id)["status"] == "failed", "the sweeper settles the order")
    assert (buyer.cart(), stock(buyer)) == ({7: 2}, before)


def test_an_inventory_outage_delays_the_order(shop, buyer):
    calm(shop, "inventory-system", outage=True)
    answer = buyer.checkout()
    assert (answer.status, answer.body["status"], answer.body["fulfilment"]) == (200, "confirmed", "delayed")
    order_id = answer.body["order_id"]
    [line] = order(buyer, order_id)["items"]
    assert not line["reserved"]
    calm(shop, "inventory-system")
    eventually(lambda: order(buyer, order_id)["fulfilment"] == "reserved", "the sweeper reserves the goods")
    [line] = order(buyer, order_id)["items"]
    assert line["reserved"]
    assert line["fulfillment_days"] == 2


def test_the_crm_is_told_after_its_outage_in_the_trace_of_the_purchase(shop, buyer, sink):
    calm(shop, "crm-system", outage=True)
    trace_id, traceparent = new_traceparent()
    assert buyer.checkout(traceparent=traceparent).status == 200
    eventually(lambda: events(sink, trace_id)["main-service", "outbox.failed"], "a delivery fails")
    calm(shop, "crm-system")
    eventually(lambda: events(sink, trace_id)["main-service", "outbox.delivered"], "the CRM is told")
    eventually(lambda: events(sink, trace_id)["crm-system", "crm.order_recorded"], "the CRM says so")
    assert events(sink, trace_id)["crm-system", "crm.order_recorded"] == 1
    received = eventually(
        lambda: [
            span
            for span in spans(sink, trace_id, "crm-system", "POST /api/customer/order")
            if span.attributes["http.response.status_code"] == 200
        ],
        "the CRM's span of the successful delivery",
    )
    assert len(received) == 1


def test_without_payments_service_the_buyer_is_told_quickly(own_shop):
    buyer = full_cart(own_shop.url)
    before = stock(buyer)
    own_shop.processes.stop("payments-service")
    start = time.monotonic()
    answer = buyer.checkout()
    assert time.monotonic() - start < 2
    assert problem(answer) == (503, "payment-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert (buyer.cart(), stock(buyer)) == ({7: 2}, before)
