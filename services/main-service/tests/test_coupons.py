"""A buyer's coupon: asked about before the payment, used up by a confirmed order only."""

import asyncio
import json

import pytest
from orders import PURCHASE, REFERENCE
from peer import DROP, listening
from scripted import DECLINE, LOST
from series import labels
from sqlalchemy import select
from webstore.background import Dispatcher, Sweeper
from webstore.clients.promotions import COUPON_UNAVAILABLE, COUPONS_NOT_CONFIGURED, Promotions
from webstore.domain.fulfilment import SoldOut
from webstore.domain.outbox import DeliveryFailed, DeliveryRefused
from webstore.domain.promotion import Discount, NoDiscount
from webstore.models import DiscountOutcome, MessageKind, OrderStatus, OutboxMessage

CART = {7: 3}
PRICE = 89_97
REDEEMED = json.dumps({"couponCode": "SAVE", "orderId": REFERENCE, "redeemedAt": "2026-01-02", "replayed": True})
MESSAGE = {"user_id": "user123", "order_id": REFERENCE, "coupon_code": "SAVE"}


@pytest.fixture
async def full_cart(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 3})


@pytest.fixture
def save(world):
    """SAVE takes 20 dollars off."""
    world.promotions.coupon_cents = {"SAVE": 20_00}


async def buy(buyer, code="SAVE", key=None):
    headers = {"Idempotency-Key": key} if key else None
    return await buyer.post("/checkout", json={"coupon_code": code}, headers=headers)


def dispatcher(shop, world):
    receivers = {MessageKind.ORDER: world.crm.record_order, MessageKind.COUPON: world.promotions.redeem}
    return Dispatcher(shop.database, receivers)


async def coupon_messages(shop):
    query = select(OutboxMessage).where(OutboxMessage.kind == MessageKind.COUPON)
    return await shop.database.run(lambda session: session.scalars(query).all())


@pytest.mark.usefixtures("full_cart", "save")
async def test_a_coupon_lowers_the_price_and_is_used_up_once(shop, buyer, world, books, moved):
    answer = (await buy(buyer)).json()
    order = books.order()
    assert (answer["coupon_code"], answer["promotion_code"], answer["discount_amount"]) == ("SAVE", None, 20.0)
    assert world.payments.charged == {order.reference: PRICE - 20_00}
    assert (await buyer.get(f"/orders/{order.id}")).json()["coupon_code"] == "SAVE"
    assert world.promotions.redeemed == []  # the buyer does not wait for that
    for _ in range(2):
        await dispatcher(shop, world).run()
    assert world.promotions.redeemed == [{"user_id": "user123", "order_id": order.reference, "coupon_code": "SAVE"}]
    assert moved("webstore.coupons") == {labels(outcome="applied"): 1}
    assert moved("webstore.outbox.deliveries") == {
        labels(kind="order", outcome="delivered"): 1,
        labels(kind="coupon", outcome="delivered"): 1,
    }


@pytest.mark.parametrize(
    ("tier", "taken", "code"),
    [(19_99, 20_00, ("SAVE", None)), (20_00, 20_00, (None, "TIER")), (20_01, 20_01, (None, "TIER"))],
)
@pytest.mark.usefixtures("full_cart", "save")
async def test_the_larger_of_two_discounts_counts(tier, taken, code, shop, buyer, world, books, moved):
    world.promotions.answer = Discount(tier, promotion_code="TIER")
    await buy(buyer)
    order = books.order()
    assert (order.discount_cents, order.coupon_code, order.promotion_code) == (taken, *code)
    await dispatcher(shop, world).run()
    is_used = code[0] is not None
    assert len(world.promotions.redeemed) == is_used  # a coupon that brought nothing stays the buyer's
    assert sum(moved("webstore.coupons").values()) == is_used


@pytest.mark.parametrize(
    ("coupons", "status", "problem", "reason", "outcome"),
    [
        ({}, 422, "coupon-not-valid", "coupon_not_valid", "invalid"),
        (None, 503, "coupon-unavailable", "coupon_unavailable", "unavailable"),
    ],
)
@pytest.mark.usefixtures("full_cart")
async def test_without_its_coupon_an_order_is_not_charged(
    coupons, status, problem, reason, outcome, shop, buyer, world, books, moved
):
    world.promotions.coupon_cents = coupons
    world.promotions.answer = Discount(5_00, promotion_code="TIER")
    stock = books.stock()[7]
    response = await buy(buyer, key="key")
    order = books.order()
    assert (response.status_code, response.json()["type"]) == (status, f"urn:webstore:problem:{problem}")
    assert response.json()["order_id"] == order.id
    assert ("retry-after" in response.headers) == (status == 503)
    assert (order.status, order.status_reason) == (OrderStatus.FAILED, reason)
    assert (world.payments.calls, books.cart(), books.stock()[7]) == ([], CART, stock)
    assert await coupon_messages(shop) == []
    assert moved("webstore.coupons") == {labels(outcome=outcome): 1}


@pytest.mark.usefixtures("full_cart")
async def test_a_refusal_says_why(buyer):
    assert (await buy(buyer)).json()["detail"] == "Invalid coupon code"


@pytest.mark.usefixtures("full_cart")
async def test_without_a_promotions_service_a_coupon_is_not_silently_lost(buyer, world, books, monkeypatch):
    real = Promotions(None)
    monkeypatch.setattr(world.promotions, "coupon", real.coupon)
    response = await buy(buyer)
    assert (response.status_code, response.json()["detail"]) == (422, "This shop takes no coupons")
    assert (books.cart(), world.payments.calls) == (CART, [])
    assert (await buyer.post("/checkout", json={})).status_code == 200  # without a coupon all goes on


@pytest.mark.parametrize("code", ["", "AB", "save20", "SAVE 20", "SAVE-20", "A" * 33, 7, "ÄÖÜ"])
@pytest.mark.usefixtures("full_cart")
async def test_what_is_no_coupon_code(code, buyer, books):
    response = await buy(buyer, code)
    assert (response.status_code, books.orders()) == (422, [])
    assert response.json()["type"] == "urn:webstore:problem:validation-failed"


@pytest.mark.parametrize("end", ["declined", "cancelled", "failed"])
@pytest.mark.usefixtures("full_cart", "save")
async def test_an_order_that_is_not_confirmed_leaves_the_coupon(end, shop, buyer, world, books):
    if end == "cancelled":
        world.inventory.answers[7] = [SoldOut()]
    world.payments.steps["charge"] = {"declined": [DECLINE], "failed": [LOST]}.get(end, [])
    await buy(buyer)
    assert books.order().status == end
    await dispatcher(shop, world).run()
    assert world.promotions.redeemed == []


@pytest.mark.usefixtures("full_cart", "save")
async def test_the_sweeper_confirms_with_the_coupon(shop, buyer, world, books):
    """The charge was of the lower amount; it is found later, and the coupon used up then."""
    world.payments.steps |= {"charge": [LOST], "find": [LOST]}
    await buy(buyer)
    order = books.order()
    await world.payments.charge(order)
    await Sweeper(shop.database, shop.checkout, sweep_after=0).run()
    assert (books.order().status, world.payments.charged) == (OrderStatus.CONFIRMED, {order.reference: PRICE - 20_00})
    assert len(await coupon_messages(shop)) == 1


class TestIdempotency:
    @pytest.mark.usefixtures("full_cart", "save")
    async def test_the_same_request_gets_the_same_answer(self, buyer, world, books, shop):
        answers = await asyncio.gather(*(buy(buyer, key="key") for _ in range(5)))
        assert {answer.status_code for answer in answers} == {200}
        assert {answer.text for answer in answers} == {answers[0].text}
        assert world.payments.calls == ["charge"]
        assert len(await coupon_messages(shop)) == 1

    @pytest.mark.parametrize("other", ["FLAT50", None])
    @pytest.mark.usefixtures("full_cart", "save")
    async def test_another_coupon_is_another_request(self, other, buyer, world):
        await buy(buyer, key="key")
        response = await buy(buyer, other, key="key")
        assert (response.status_code, response.json()["type"]) == (422, "urn:webstore:problem:idempotency-conflict")
        assert world.payments.calls == ["charge"]

    @pytest.mark.usefixtures("full_cart", "save")
    async def test_a_refused_coupon_leaves_the_key_for_another_try(self, buyer, books):
        refused = [await buy(buyer, "WRONG", key="key") for _ in range(2)]
        assert [answer.status_code for answer in refused] == [422, 422]
        assert len({answer.json()["detail"] for answer in refused}) == 1
        assert (await buy(buyer, "SAVE", key="key")).status_code == 200
        assert len(books.orders()) == 3


@pytest.mark.usefixtures("full_cart", "save")
async def test_a_coupon_that_is_gone_by_then_is_laid_aside(shop, buyer, world, moved):
    """The order stands: its price was agreed. A person sees the message."""
    world.promotions.failures = [DeliveryRefused("status 409")]
    await buy(buyer)
    await dispatcher(shop, world).run()
    [message] = await coupon_messages(shop)
    assert (message.state, message.attempts, message.last_error) == ("dead", 1, "status 409")
    assert moved("webstore.outbox.deliveries")[labels(kind="coupon", outcome="dead")] == 1


@pytest.mark.usefixtures("full_cart", "save")
async def test_a_redemption_that_fails_is_tried_again(shop, buyer, world, moved):
    world.promotions.failures = [DeliveryFailed("status 503")]
    await buy(buyer)
    await dispatcher(shop, world).run()
    [message] = await coupon_messages(shop)
    assert (message.state, message.last_error) == ("pending", "status 503")
    assert moved("webstore.outbox.deliveries")[labels(kind="coupon", outcome="failed")] == 1


class TestClient:
    """Against a server on loopback."""

    @pytest.fixture
    async def peer(self):
        async with listening([200]) as peer:
            yield peer

    @pytest.fixture
    async def promotions(self, peer):
        client = Promotions(peer.url)
        yield client
        await client.close()

    async def test_a_valid_coupon(self, peer, promotions):
        peer.body = b'{"valid": true, "discount": 10.01, "discountType": "percentage", "message": "10% off"}'
        assert await promotions.coupon(PURCHASE, "SAVE") == Discount(10_01, coupon_code="SAVE")
        assert peer.requests == ["POST /api/promotions/validate-coupon HTTP/1.1"]
        assert json.loads(peer.bodies[0]) == {"couponCode": "SAVE", "userId": "user123", "amount": 100.1}

    async def test_an_invalid_coupon(self, peer, promotions):
        peer.body = b'{"valid": false, "discount": 0, "discountType": null, "message": "Invalid coupon code"}'
        assert await promotions.coupon(PURCHASE, "SAVE") == NoDiscount(DiscountOutcome.INVALID, "Invalid coupon code")

    async def test_a_long_reason_is_cut(self, peer, promotions):
        peer.body = b'{"valid": false, "discount": 0, "message": "' + b"x" * 5000 + b'"}'
        assert await promotions.coupon(PURCHASE, "SAVE") == NoDiscount(DiscountOutcome.INVALID, "x" * 200)

    @pytest.mark.parametrize("step", [500, 503, 422, 404, 302, 204, DROP])
    async def test_no_response_does_not_make_a_coupon_invalid(self, step, peer, promotions):
        peer.script = [step]
        assert await promotions.coupon(PURCHASE, "SAVE") == COUPON_UNAVAILABLE

    async def test_without_a_promotions_service(self):
        assert await Promotions(None).coupon(PURCHASE, "SAVE") == COUPONS_NOT_CONFIGURED

    @pytest.mark.parametrize("script", [[200], [DROP, 200], [503, 503, 200]], ids=str)
    async def test_a_redemption_is_sent_under_the_order_s_key(self, script, peer, promotions):
        """A replay is a success: the response says that the order has the coupon."""
        sent = len(script)
        peer.script, peer.body = script, REDEEMED.encode()
        await promotions.redeem(MESSAGE)
        assert peer.requests == ["POST /api/promotions/redeem-coupon HTTP/1.1"] * sent
        assert peer.keys == [REFERENCE] * sent
        assert json.loads(peer.bodies[-1]) == {"couponCode": "SAVE", "userId": "user123", "orderId": REFERENCE}

    @pytest.mark.parametrize(
        ("step", "problem", "reason"),
        [
            (404, "coupon-not-found", "status 404 coupon-not-found"),
            (409, "coupon-exhausted", "status 409 coupon-exhausted"),
            (409, "redemption-conflict", "status 409 redemption-conflict"),
            (422, "validation-failed", "status 422 validation-failed"),
            (404, "x" * 65, "status 404"),
            (404, None, "status 404"),
        ],
    )
    async def test_a_rejected_redemption_is_final(self, step, problem, reason, peer, promotions):
        peer.script = [step]
        peer.body = json.dumps({"type": f"urn:webstore:problem:{problem}"}).encode() if problem else b"<html>"
        with pytest.raises(DeliveryFailed, match=f"^{reason}$") as raised:
            await promotions.redeem(MESSAGE)
        assert raised.type is DeliveryRefused
        assert len(peer.requests) == 1

    @pytest.mark.parametrize("step", [302, 408, 425, 429, 500, 502, 503, 504, DROP])
    async def test_a_redemption_that_may_succeed_later(self, step, peer, promotions):
        peer.script = [step]
        with pytest.raises(DeliveryFailed) as raised:
            await promotions.redeem(MESSAGE)
        assert raised.type is DeliveryFailed

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b"<html>", b"null", REDEEMED.encode().replace(b"SAVE", b"OTHER"), b'{"orderId": 7}']
    )
    async def test_a_redemption_counts_only_when_the_response_names_it(self, body, peer, promotions):
        """A proxy's page has status 200, too."""
        peer.body = body
        with pytest.raises(DeliveryFailed, match="unreadable response") as raised:
            await promotions.redeem(MESSAGE)
        assert raised.type is DeliveryFailed

    async def test_without_a_promotions_service_a_redemption_is_not_final(self):
        with pytest.raises(DeliveryFailed, match="not_configured") as raised:
            await Promotions(None).redeem(MESSAGE)
        assert raised.type is DeliveryFailed
