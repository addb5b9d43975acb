"""Orders that a crash or a fault left half-way are finished, without the client."""

import asyncio
from collections import Counter

import pytest
from scripted import DECLINE, DECLINE_UNHEARD, LOST, UNHEARD
from series import labels
from webstore.background import Sweeper
from webstore.domain import orders
from webstore.domain.fulfilment import SoldOut, Unanswered
from webstore.domain.orders import CheckoutRequest
from webstore.models import Fulfilment, OrderStatus

REQUEST = CheckoutRequest("user123", "credit_card", country=None, idempotency_key="key", fingerprint="f")


@pytest.fixture
def sweeper(shop):
    return Sweeper(shop.database, shop.checkout, sweep_after=0)


@pytest.fixture
async def full_cart(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 2})
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 3})


@pytest.mark.parametrize(
    ("charge", "find", "settled"),
    [
        (UNHEARD, LOST, OrderStatus.CONFIRMED),
        (DECLINE_UNHEARD, LOST, OrderStatus.DECLINED),
        (LOST, LOST, OrderStatus.FAILED),
    ],
)
async def test_a_pending_order_is_settled_by_what_became_of_its_charge(
    charge, find, settled, buyer, world, books, full_cart, sweeper, moved
):
    stock_before = books.stock()
    world.payments.steps |= {"charge": [charge], "find": [find, LOST]}
    await buyer.post("/checkout", json={})
    await sweeper.run()
    assert books.order().status is OrderStatus.PENDING  # it is still not known

    await sweeper.run()

    is_undone = settled is not OrderStatus.CONFIRMED
    assert books.order().status is settled
    assert books.cart() == ({1: 2, 7: 3} if is_undone else {})
    assert (books.stock() == stock_before) == is_undone
    assert moved("webstore.orders.swept") == {labels(status=settled): 1}
    assert world.payments.calls.count("charge") == 1


async def test_a_crash_before_the_charge(shop, world, books, full_cart, sweeper):
    await shop.database.run(orders.place, REQUEST)
    await sweeper.run()
    order = books.order()
    assert (order.status, order.idempotency_key) == (OrderStatus.FAILED, None)
    assert (world.payments.calls, books.cart()) == (["find", "void"], {1: 2, 7: 3})


async def test_a_crash_after_the_charge(shop, world, books, full_cart, sweeper):
    order, _ = await shop.database.run(orders.place, REQUEST)
    await world.payments.charge(order)
    await sweeper.run()
    assert (books.order().status, books.order().fulfilment) == (OrderStatus.CONFIRMED, Fulfilment.RESERVED)


async def test_a_crash_before_the_confirmation(shop, world, books, full_cart, sweeper):
    order, _ = await shop.database.run(orders.place, REQUEST)
    payment = await world.payments.charge(order)
    await shop.database.run(orders.authorise, order.id, payment.transaction_id)
    await sweeper.run()
    assert books.order().status is OrderStatus.CONFIRMED
    assert world.payments.calls == ["charge"]


async def test_a_delayed_order_gets_its_goods_later(buyer, world, books, full_cart, sweeper):
    world.inventory.answers[7] = [Unanswered(), Unanswered()]
    await buyer.post("/checkout", json={})
    delayed = books.order()
    await sweeper.run()
    assert books.order().fulfilment is Fulfilment.DELAYED
    assert books.order().updated_at > delayed.updated_at  # so that others get their turn first
    await sweeper.run()
    order = books.order()
    assert (order.status, order.fulfilment) == (OrderStatus.CONFIRMED, Fulfilment.RESERVED)
    assert all(line.reservation_id for line in order.lines)


async def test_a_delayed_order_can_turn_out_to_be_sold_out(buyer, world, books, full_cart, sweeper):
    stock_before = books.stock()
    world.inventory.answers[7] = [Unanswered(), SoldOut()]
    await buyer.post("/checkout", json={})
    await sweeper.run()
    order = books.order()
    assert (order.status, order.fulfilment, books.stock()) == (OrderStatus.CANCELLED, None, stock_before)
    assert world.payments.charged == {}


@pytest.mark.parametrize("first_answer", [[], [Unanswered()]], ids=["at once", "delayed"])
@pytest.mark.parametrize("obstacle", ["refund lost", "refund unheard", "release fails"])
async def test_a_cancellation_that_is_not_possible_now_comes_later(
    first_answer, obstacle, buyer, world, books, full_cart, sweeper
):
    world.inventory.answers[7] = [*first_answer, SoldOut()]
    world.inventory.failing_releases = 1 if obstacle == "release fails" else 0
    world.payments.steps["void"] = {"refund lost": [LOST], "refund unheard": [UNHEARD]}.get(obstacle, [])
    await buyer.post("/checkout", json={})
    for _ in range(3):
        await sweeper.run()
    assert books.order().status is OrderStatus.CANCELLED
    assert world.payments.charged == {}
    assert world.inventory.reserved == set()


async def test_goods_that_come_back_do_not_confirm_a_refunded_order(buyer, world, books, full_cart, sweeper):
    """The warehouse is sold out, then unreachable, then has goods again."""
    world.inventory.answers[7] = [SoldOut()]
    world.inventory.failing_releases = 2
    response = await buyer.post("/checkout", json={})
    assert response.json()["type"] == "urn:webstore:problem:checkout-pending"
    assert (books.order().status, world.payments.charged) == (OrderStatus.CANCELLING, {})
    await sweeper.run()
    assert books.order().status is OrderStatus.CANCELLED


async def test_an_order_that_can_not_be_read_does_not_stop_the_others(buyer, world, books, full_cart, sweeper, shop):
    world.payments.steps |= {"charge": [LOST, UNHEARD], "find": [LOST, LOST]}
    await buyer.post("/checkout", json={})
    await buyer.post("/cart/add", json={"product_id": 2, "quantity": 1})
    await buyer.post("/checkout", json={})
    first, second = books.orders()
    original = world.payments.find

    async def find(order):
        if order.id == first.id:
            raise KeyError("a status that nobody knows")
        return await original(order)

    world.payments.find = find
    await sweeper.run()
    assert [order.status for order in books.orders()] == [OrderStatus.PENDING, OrderStatus.CONFIRMED]


async def test_orders_in_progress_are_left_alone(shop, buyer, world, books, full_cart):
    world.payments.steps |= {"charge": [LOST], "find": [LOST]}
    await buyer.post("/checkout", json={})
    await Sweeper(shop.database, shop.checkout, sweep_after=30).run()
    assert world.payments.calls == ["charge", "find"]


async def test_ended_orders_are_left_alone(buyer, world, books, full_cart, sweeper):
    await buyer.post("/checkout", json={})
    world.payments.steps["charge"] = [DECLINE]
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
    await buyer.post("/checkout", json={})
    before = Counter(order.updated_at for order in books.orders())
    await sweeper.run()
    assert Counter(order.updated_at for order in books.orders()) == before
    assert world.payments.calls == ["charge", "charge"]


@pytest.mark.parametrize("known", [OrderStatus.PENDING, OrderStatus.AUTHORISED])
async def test_two_that_work_on_one_order_confirm_it_once(known, shop, world, books, full_cart, moved):
    """A slow request and the sweeper, or the sweepers of two replicas; all have seen the order in the same state."""
    order, _ = await shop.database.run(orders.place, REQUEST)
    payment = await world.payments.charge(order)
    if known is OrderStatus.AUTHORISED:
        order = await shop.database.run(orders.authorise, order.id, payment.transaction_id)
    settled = await asyncio.gather(*(shop.checkout.settle(order) for _ in range(5)))
    assert {order.status for order in settled} == {OrderStatus.CONFIRMED}
    assert sum(moved("webstore.checkouts").values()) == 1
    assert sum(moved("webstore.checkout.amount").values()) == 1
    assert moved("webstore.funnel.stage") == {labels(stage="checkout_complete", country="US"): 1}


async def test_two_that_hear_different_things_of_the_goods_agree_in_the_end(
    shop, buyer, world, books, full_cart, sweeper
):
    """What they agree on, the books must bear out."""
    world.payments.steps |= {"charge": [UNHEARD], "find": [LOST]}
    world.inventory.answers[7] = [SoldOut()]
    await buyer.post("/checkout", json={})
    order = books.order()
    await asyncio.gather(*(shop.checkout.settle(order) for _ in range(5)))
    assert books.order().status in (OrderStatus.CONFIRMED, OrderStatus.CANCELLED)


async def test_who_hears_too_late_of_sold_out_goods_takes_nothing_back(shop, world, books, full_cart):
    """Two have seen the order authorised; one has its goods when the other is told that there are none."""
    order, _ = await shop.database.run(orders.place, REQUEST)
    payment = await world.payments.charge(order)
    authorised = await shop.database.run(orders.authorise, order.id, payment.transaction_id)
    await shop.checkout.settle(authorised)
    world.inventory.answers[7] = [SoldOut()]
    await shop.checkout.settle(authorised)
    assert (books.order().status, books.order().fulfilment) == (OrderStatus.CONFIRMED, Fulfilment.RESERVED)


async def test_orders_that_cannot_be_settled_let_the_others_pass(buyer, world, books, full_cart, sweeper, monkeypatch):
    monkeypatch.setattr("webstore.background.SWEPT_AT_ONCE", 1)
    world.payments.steps |= {"charge": [LOST, LOST], "find": [LOST, LOST, LOST]}
    await buyer.post("/checkout", json={})
    await buyer.post("/cart/add", json={"product_id": 2, "quantity": 1})
    await buyer.post("/checkout", json={})

    await sweeper.run()  # the oldest, in vain
    await sweeper.run()  # the other one

    by_age = sorted(books.orders(), key=lambda order: order.id)
    assert [order.status for order in by_age] == [OrderStatus.PENDING, OrderStatus.FAILED]
