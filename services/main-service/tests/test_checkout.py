"""Checkout ends in one of a few outcomes, each with its answer, its order, and stock and cart to match."""

import asyncio
from dataclasses import dataclass, field

import pytest
from scripted import DECLINE, DECLINE_UNHEARD, LOST, UNHEARD, Step
from series import labels
from sqlalchemy import select
from webstore.domain.fulfilment import SoldOut, Unanswered
from webstore.domain.payment import Outcome, Payment
from webstore.domain.promotion import Discount
from webstore.models import Fulfilment, OrderStatus, OutboxMessage

CART = {1: 2, 7: 3}


@dataclass(frozen=True)
class Case:
    name: str
    status: int
    problem: str | None
    order: OrderStatus
    #: How the calls of payments go, by operation; the calls that are made.
    steps: dict[str, list[Step]] = field(default_factory=dict)
    calls: tuple[str, ...] = ("charge",)
    reason: str | None = None


def failed(name: str, reason: str = "payment_unavailable", calls: tuple[str, ...] = ("charge",), **steps: Step) -> Case:
    script = {operation: [step] for operation, step in steps.items()}
    return Case(name, 503, "payment-unavailable", OrderStatus.FAILED, script, calls, reason)


def pending(name: str, calls: tuple[str, ...], **steps: Step) -> Case:
    script = {operation: [step] for operation, step in steps.items()}
    return Case(name, 503, "checkout-pending", OrderStatus.PENDING, script, calls)


def answers(outcome: Outcome, reason: str | None = None) -> Step:
    return Step(Payment(outcome, reason=reason))


CASES = [
    Case("confirmed", 200, None, OrderStatus.CONFIRMED),
    Case(
        "declined",
        402,
        "payment-declined",
        OrderStatus.DECLINED,
        {"charge": [DECLINE]},
        reason="Invalid payment details",
    ),
    failed("nobody there", charge=answers(Outcome.NOT_CHARGED, "payment_unavailable")),
    failed("request found wrong", "payment_refused_422", charge=answers(Outcome.REFUSED, "payment_refused_422")),
    failed("voided before", charge=answers(Outcome.VOIDED)),
    Case("charged after all", 200, None, OrderStatus.CONFIRMED, {"charge": [UNHEARD]}, ("charge", "find")),
    Case(
        "declined after all",
        402,
        "payment-declined",
        OrderStatus.DECLINED,
        {"charge": [DECLINE_UNHEARD]},
        ("charge", "find"),
        "Invalid payment details",
    ),
    failed("never arrived", calls=("charge", "find", "void"), charge=LOST),
    pending("charged and not known", ("charge", "find"), charge=UNHEARD, find=LOST),
    pending("not charged and not known", ("charge", "find"), charge=LOST, find=LOST),
    pending("not voided", ("charge", "find", "void"), charge=LOST, void=LOST),
    pending("voided and not known", ("charge", "find", "void"), charge=LOST, void=UNHEARD),
]
UNDONE = {OrderStatus.DECLINED, OrderStatus.FAILED}


@pytest.fixture
async def full_cart(buyer, books):
    for product_id, quantity in CART.items():
        await buyer.post("/cart/add", json={"product_id": product_id, "quantity": quantity})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.usefixtures("full_cart")
async def test_outcomes(case, buyer, world, books, moved):
    stock_before = books.stock()
    world.payments.steps.update(case.steps)

    response = await buyer.post("/checkout", json={}, headers={"Idempotency-Key": "key"})

    order = books.order()
    assert (response.status_code, order.status, order.status_reason) == (case.status, case.order, case.reason)
    assert tuple(world.payments.calls) == case.calls
    assert books.cart() == (CART if case.order in UNDONE else {})
    assert (books.stock() == stock_before) == (case.order in UNDONE)
    if case.problem:
        assert response.json()["type"] == f"urn:webstore:problem:{case.problem}"
        assert response.json()["order_id"] == order.id
    assert ("retry-after" in response.headers) == (case.status == 503)
    assert list(moved("webstore.checkouts").values()) == ([] if case.order is OrderStatus.PENDING else [1])


async def test_amounts_and_prices_are_those_charged(buyer, world, books, full_cart, moved):
    await buyer.post("/checkout", json={"payment_method": "paypal", "country": "FR"})
    order = books.order()
    assert world.payments.charged == {order.reference: 2089_95}
    assert [(line.product_id, line.quantity, line.unit_price_cents) for line in order.lines] == [
        (1, 2, 999_99),
        (7, 3, 29_99),
    ]
    assert moved("webstore.checkouts") == {labels(country="FR", payment_method="paypal", status="completed"): 1}
    assert moved("webstore.checkout.amount") == {labels(country="FR", payment_method="paypal"): 1}


@pytest.mark.parametrize(
    ("cents", "taken"),
    [(0, 0), (1, 1), (5000, 5000), (2089_94, 2089_94), (2089_95, 2089_94), (10**9, 2089_94), (-5, 0)],
)
async def test_a_discount_is_stored_and_never_makes_it_free(cents, taken, buyer, world, books, full_cart):
    world.promotions.answer = Discount(cents, "CODE")
    response = await buyer.post("/checkout", json={})
    order = books.order()
    assert (order.discount_cents, order.promotion_code) == (taken, "CODE")
    assert list(world.payments.charged.values()) == [2089_95 - taken]
    assert response.json()["total_amount"] == (2089_95 - taken) / 100


async def test_an_empty_cart(buyer, books, world):
    for _ in range(2):
        response = await buyer.post("/checkout", json={})
        assert (response.status_code, response.json()["type"]) == (409, "urn:webstore:problem:cart-empty")
    assert (books.orders(), world.payments.calls) == ([], [])


async def test_too_few_pieces_take_nothing(buyer, world, books, full_cart):
    books.set_stock(7, 2)
    response = await buyer.post("/checkout", json={})
    assert (response.status_code, response.json()["type"]) == (409, "urn:webstore:problem:sold-out")
    assert (books.orders(), books.cart(), world.payments.calls) == ([], CART, [])


async def test_reservations_that_fail_delay_the_order(buyer, world, books, full_cart, moved):
    world.inventory.answers[7] = [Unanswered()]
    response = await buyer.post("/checkout", json={})
    assert (response.status_code, response.json()["fulfilment"]) == (200, "delayed")
    assert [line.reservation_id is not None for line in books.order().lines] == [True, False]
    assert moved("webstore.orders.delayed_fulfillment") == {labels(country="US"): 1}
    assert moved("webstore.inventory.reservation_failures") == {labels(country="US", product_id="7"): 1}


async def test_sold_out_at_the_warehouse_takes_everything_back(buyer, world, books, full_cart, moved, shop):
    stock_before = books.stock()
    world.inventory.answers[7] = [SoldOut()]
    response = await buyer.post("/checkout", json={})
    assert (response.status_code, response.json()["type"]) == (409, "urn:webstore:problem:order-cancelled")
    order = books.order()
    assert (order.status, order.status_reason, order.fulfilment) == (OrderStatus.CANCELLED, "out_of_stock", None)
    assert world.payments.calls == ["charge", "void"]
    assert world.inventory.released == {(order.reference, product_id) for product_id in CART}
    assert (books.stock(), books.cart()) == (stock_before, {})
    assert await shop.database.run(lambda session: session.scalars(select(OutboxMessage)).all()) == []
    assert moved("webstore.orders.cancelled_out_of_stock") == {labels(country="US"): 1}


@pytest.mark.parametrize(("steps", "left"), [([], {3: 1}), ([DECLINE], {1: 2, 7: 3, 3: 1})])
async def test_what_is_added_meanwhile_stays_in_the_cart(steps, left, buyer, world, books, full_cart):
    world.payments.steps["charge"] = steps
    world.payments.may_answer.clear()
    checkout = asyncio.create_task(buyer.post("/checkout", json={}))
    await world.payments.wait_for_calls()
    await buyer.post("/cart/add", json={"product_id": 3, "quantity": 1})
    world.payments.may_answer.set()
    await checkout
    assert books.cart() == left


async def test_a_returned_line_joins_the_new_one_up_to_the_limit(buyer, world, books, full_cart):
    world.payments.steps["charge"] = [DECLINE]
    world.payments.may_answer.clear()
    checkout = asyncio.create_task(buyer.post("/checkout", json={}))
    await world.payments.wait_for_calls()
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 999})
    world.payments.may_answer.set()
    assert (await checkout).status_code == 402
    assert books.cart() == {1: 1000, 7: 3}


async def test_an_order_is_confirmed_with_its_message_or_not_at_all(buyer, world, books, full_cart, monkeypatch):
    """The transaction that confirms it breaks: the order stays authorised, and its charge with it."""
    monkeypatch.setattr("webstore.domain.outbox.add", lambda *_: 1 / 0)
    response = await buyer.post("/checkout", json={})
    assert response.status_code == 500
    assert response.json()["type"] == "urn:webstore:problem:internal-error"
    assert (books.order().status, books.order().fulfilment) == (OrderStatus.AUTHORISED, None)


async def test_fulfilment_is_that_of_all_lines(buyer, books, full_cart):
    await buyer.post("/checkout", json={})
    order = books.order()
    assert order.fulfilment is Fulfilment.RESERVED
    assert {line.fulfillment_days for line in order.lines} == {2}
