"""What the clients make of the answers they get, and of getting none."""

from typing import Any

import httpx
import pytest
from orders import LINE, ORDER, PURCHASE, REFERENCE
from series import labels
from webstore.clients.crm import Crm
from webstore.clients.inventory import Inventory
from webstore.clients.payments import Payments
from webstore.clients.promotions import NO_TIER, NOT_CONFIGURED, UNAVAILABLE, Promotions
from webstore.domain.fulfilment import Reservation, SoldOut, Unanswered
from webstore.domain.outbox import DeliveryFailed
from webstore.domain.payment import Outcome, Payment, PaymentUnknown
from webstore.domain.promotion import Discount

URL = "http://other-service"


@pytest.fixture
def network(monkeypatch):
    """Answers every request with `status` and `body`, or raises `fault`; keeps the last request."""

    class Network:
        status: int = 200
        body: Any = None
        media_type: str = "application/json"
        fault: Exception | None = None
        request: httpx.Request

        async def answer(self, _: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            self.request = request
            if self.fault:
                raise self.fault
            return httpx.Response(self.status, json=self.body, headers={"Content-Type": self.media_type})

    network = Network()
    answer = network.answer
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", lambda *args: answer(*args))
    return network


NO_ANSWERS = [httpx.ReadTimeout("slow"), httpx.ReadError("reset"), httpx.RemoteProtocolError("closed")]
NOT_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("nobody"), httpx.PoolTimeout("busy")]


@pytest.mark.parametrize(
    ("status", "body", "payment"),
    [
        (200, {"transaction_id": "TXN-1", "status": "success"}, Payment(Outcome.CHARGED, "TXN-1")),
        (402, {"reason": "Invalid payment details"}, Payment(Outcome.DECLINED, reason="Invalid payment details")),
        (409, {}, Payment(Outcome.VOIDED)),
        (400, {}, Payment(Outcome.REFUSED, reason="payment_refused_400")),
        (422, {}, Payment(Outcome.REFUSED, reason="payment_refused_422")),
    ],
)
async def test_charges(status, body, payment, network):
    network.status, network.body = status, body
    assert await Payments(URL).charge(ORDER) == payment
    assert network.request.headers["idempotency-key"] == REFERENCE
    assert network.request.url.path == "/api/payments/process"
    assert network.request.read() == (
        b'{"order_id":"17","user_id":"user123","amount":100.0,'
        b'"currency":"USD","country":"DE","payment_method":"paypal"}'
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("operation", ["charge", "find", "void"])
async def test_a_fault_leaves_open_what_happened(operation, status, network):
    network.status, network.body = status, {}
    with pytest.raises(PaymentUnknown, match=f"status {status}"):
        await getattr(Payments(URL), operation)(ORDER)


async def test_a_provider_that_was_not_reached_has_charged_nothing(network):
    network.status, network.body = 503, {"type": "urn:webstore:problem:provider-unreachable"}
    network.media_type = "application/problem+json"
    assert await Payments(URL).charge(ORDER) == Payment(Outcome.NOT_CHARGED, reason="payment_unavailable")
    with pytest.raises(PaymentUnknown):  # whereas an earlier charge may have reached it
        await Payments(URL).find(ORDER)
    network.body = {"type": "urn:webstore:problem:provider-unavailable"}
    with pytest.raises(PaymentUnknown):
        await Payments(URL).charge(ORDER)


@pytest.mark.parametrize("fault", NO_ANSWERS, ids=repr)
@pytest.mark.parametrize("operation", ["charge", "find", "void"])
async def test_no_answer_leaves_open_what_happened(operation, fault, network):
    network.fault = fault
    with pytest.raises(PaymentUnknown, match=type(fault).__name__):
        await getattr(Payments(URL), operation)(ORDER)


@pytest.mark.parametrize("fault", NOT_SENT, ids=repr)
async def test_what_was_not_sent_was_not_charged(fault, network):
    network.fault = fault
    assert await Payments(URL).charge(ORDER) == Payment(Outcome.NOT_CHARGED, reason="payment_unavailable")
    with pytest.raises(PaymentUnknown):  # whereas a question that was not sent is not answered
        await Payments(URL).find(ORDER)


@pytest.mark.parametrize(
    ("status", "record", "outcome"),
    [
        (200, "success", Outcome.CHARGED),
        (200, "declined", Outcome.DECLINED),
        (200, "refunded", Outcome.VOIDED),
        (200, "voided", Outcome.VOIDED),
        (404, None, Outcome.NOT_CHARGED),
    ],
)
async def test_records(status, record, outcome, network):
    network.status, network.body = status, {"status": record, "transaction_id": "TXN-1"}
    assert (await Payments(URL).find(ORDER)).outcome is outcome
    assert network.request.url.path == f"/api/payments/{REFERENCE}"


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"reservation_id": "RES-1", "fulfillment_days": 3}, Reservation("RES-1", 3)),
        (409, {"status": "out_of_stock"}, SoldOut()),
        *((status, {}, Unanswered()) for status in (400, 404, 422, 500, 503)),
    ],
)
async def test_reservations(status, body, answer, network, moved):
    network.status, network.body = status, body
    assert await Inventory(URL).reserve(ORDER, LINE) == answer
    assert network.request.read() == (
        b'{"order_id":"' + REFERENCE.encode() + b'","product_id":7,"quantity":2,"country":"DE"}'
    )
    success = "error" if status >= 500 else "success"
    assert moved("webstore.external.inventory.duration") == {
        labels(operation="reserve", status=success, country="DE"): 1
    }


@pytest.mark.parametrize("fault", [*NO_ANSWERS, *NOT_SENT], ids=repr)
async def test_an_inventory_that_does_not_answer(fault, network):
    network.fault = fault
    assert await Inventory(URL).reserve(ORDER, LINE) == Unanswered()
    assert not await Inventory(URL).release(ORDER, LINE)


@pytest.mark.parametrize(("status", "is_released"), [(200, True), (404, False), (503, False)])
async def test_releases(status, is_released, network):
    network.status, network.body = status, {}
    assert await Inventory(URL).release(ORDER, LINE) == is_released


@pytest.mark.parametrize(
    ("status", "body", "discount"),
    [
        (200, {"discount": 10.01, "promotionCode": "SMALL"}, Discount(10_01, "SMALL")),
        (200, {"discount": 0, "promotionCode": None}, NO_TIER),
        (503, {}, UNAVAILABLE),
    ],
)
async def test_discounts(status, body, discount, network):
    network.status, network.body = status, body
    assert await Promotions(URL).discount(PURCHASE) == discount
    assert network.request.read() == b'{"userId":"user123","country":"DE","amount":100.1}'


@pytest.mark.parametrize(("url", "reason"), [(None, NOT_CONFIGURED), (URL, UNAVAILABLE)])
async def test_without_promotions_there_is_no_discount(url, reason, network):
    network.fault = httpx.ReadTimeout("slow")
    assert await Promotions(url).discount(PURCHASE) == reason
    assert await Promotions(url).coupons() == []


async def test_the_crm_takes_an_order_once(network):
    order = {"user_id": "user123", "order_id": REFERENCE, "amount": 100.0, "country": "DE"}
    await Crm(URL).record_order(order)
    assert network.request.headers["idempotency-key"] == REFERENCE
    network.status = 500
    with pytest.raises(DeliveryFailed, match="status 500"):
        await Crm(URL).record_order(order)
    network.fault = httpx.ReadTimeout("slow")
    with pytest.raises(DeliveryFailed, match="ReadTimeout"):
        await Crm(URL).record_order(order)
