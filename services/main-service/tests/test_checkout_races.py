"""Checkouts at the same time, and the same one again."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from scripted import DECLINE, LOST
from sqlalchemy import select
from visitors import client_of_user
from webstore.models import Order

KEY = {"Idempotency-Key": "9f1c"}


async def fill(buyer, product_id: int = 1, quantity: int = 1):
    await buyer.post("/cart/add", json={"product_id": product_id, "quantity": quantity})


def outcome(response) -> str:
    return response.json().get("type", str(response.status_code)).removeprefix("urn:webstore:problem:")


async def test_40_checkouts_of_one_cart_make_one_order(buyer, world, books):
    await fill(buyer)
    responses = await asyncio.gather(*(buyer.post("/checkout", json={}) for _ in range(40)))
    assert Counter(map(outcome, responses)) == {"200": 1, "cart-empty": 39}
    assert world.payments.calls == ["charge"]
    assert list(world.payments.charged) == [books.order().reference]


async def test_40_with_one_key_get_one_answer(buyer, world, books):
    await fill(buyer)
    responses = await asyncio.gather(*(buyer.post("/checkout", json={}, headers=KEY) for _ in range(40)))
    assert Counter(response.status_code for response in responses) == {200: 40}
    assert len({response.text for response in responses}) == 1
    assert world.payments.calls == ["charge"]
    assert books.order().id == responses[0].json()["order_id"]


async def test_40_declined_with_one_key_get_one_answer(buyer, world, books):
    await fill(buyer)
    world.payments.steps["charge"] = [DECLINE]
    responses = await asyncio.gather(*(buyer.post("/checkout", json={}, headers=KEY) for _ in range(40)))
    assert Counter(map(outcome, responses)) == {"payment-declined": 40}
    assert {response.json()["order_id"] for response in responses} == {books.order().id}
    assert books.cart() == {1: 1}


async def test_50_buyers_of_10_pieces(shop, world, books):
    books.set_stock(1, 10)
    buyers = [await client_of_user(shop, f"buyer{n}") for n in range(50)]
    await asyncio.gather(*(fill(buyer) for buyer in buyers))
    responses = await asyncio.gather(*(buyer.post("/checkout", json={}) for buyer in buyers))
    assert Counter(map(outcome, responses)) == {"200": 10, "sold-out": 40}
    assert (len(books.orders()), len(world.payments.charged), books.stock()[1]) == (10, 10, 0)
    assert sum(books.cart(f"buyer{n}") == {1: 1} for n in range(50)) == 40


async def test_carts_in_opposite_order_do_not_block_each_other(shop, books):
    users = [f"buyer{n}" for n in range(10)]
    buyers = [await client_of_user(shop, user) for user in users]
    for n, buyer in enumerate(buyers):
        for product_id in (2, 3) if n % 2 else (3, 2):
            await fill(buyer, product_id)
    responses = await asyncio.gather(*(buyer.post("/checkout", json={}) for buyer in buyers))
    assert Counter(map(outcome, responses)) == {"200": 10}


async def test_the_same_key_later_gives_the_same_answer(buyer, world, books):
    await fill(buyer)
    first = await buyer.post("/checkout", json={}, headers=KEY)
    await fill(buyer, product_id=2)  # what is in the cart by then does not matter
    second = await buyer.post("/orders/checkout", json={}, headers=KEY)
    assert (second.status_code, second.json()) == (200, first.json())
    assert books.cart() == {2: 1}
    assert world.payments.calls == ["charge"]


async def test_a_decline_is_an_answer_too(buyer, world, books):
    await fill(buyer)
    world.payments.steps["charge"] = [DECLINE]
    responses = [await buyer.post("/checkout", json={}, headers=KEY) for _ in range(2)]
    assert [outcome(response) for response in responses] == ["payment-declined"] * 2
    assert world.payments.calls == ["charge"]


async def test_a_key_with_another_body_is_refused(buyer, world, books):
    await fill(buyer)
    await buyer.post("/checkout", json={}, headers=KEY)
    await fill(buyer)
    second = await buyer.post("/checkout", json={"payment_method": "paypal"}, headers=KEY)
    assert (second.status_code, outcome(second)) == (422, "idempotency-conflict")
    assert (len(books.orders()), books.cart()) == (1, {1: 1})


async def test_defaults_spelt_out_are_the_same_body(buyer, books):
    await fill(buyer)
    await buyer.post("/checkout", json={}, headers=KEY)
    second = await buyer.post("/checkout", json={"payment_method": "credit_card", "country": None}, headers=KEY)
    assert second.status_code == 200
    assert books.order().id == second.json()["order_id"]


async def test_a_key_may_try_again_after_a_failure(buyer, world, books):
    await fill(buyer)
    world.payments.steps["charge"] = [LOST]
    responses = [await buyer.post("/checkout", json={}, headers=KEY) for _ in range(3)]
    assert [outcome(response) for response in responses] == ["payment-unavailable", "200", "200"]
    assert responses[1].text == responses[2].text
    assert len(books.orders()) == 2


async def age(shop, by: timedelta) -> None:
    """Time passes for all keys."""

    def run(session):
        for order in session.scalars(select(Order)):
            order.idempotency_key_expires_at -= by

    await shop.database.run(run)


@pytest.mark.parametrize(
    ("by", "orders"), [(timedelta(hours=23, minutes=59), 1), (timedelta(hours=24), 2)], ids=["valid", "expired"]
)
@pytest.mark.parametrize("body", [{}, {"payment_method": "paypal"}], ids=["same request", "another request"])
async def test_a_key_lasts_a_day(body, by, orders, shop, buyer, world, books):
    await fill(buyer)
    first = await buyer.post("/checkout", json={}, headers=KEY)
    await fill(buyer, product_id=2)
    await age(shop, by)
    responses = await asyncio.gather(*(buyer.post("/checkout", json=body, headers=KEY) for _ in range(10)))
    [answer] = set(map(outcome, responses))
    assert answer == ("idempotency-conflict" if orders == 1 and body else "200")
    assert len(books.orders()) == len(world.payments.calls) == orders
    if answer == "200":
        assert {response.json()["order_id"] for response in responses} == {books.orders()[-1].id}
        assert (responses[0].json() == first.json()) == (orders == 1)


async def test_an_expired_key_comes_back_to_an_empty_cart(shop, buyer, books):
    await fill(buyer)
    await buyer.post("/checkout", json={}, headers=KEY)
    await age(shop, timedelta(hours=24))
    assert outcome(await buyer.post("/checkout", json={}, headers=KEY)) == "cart-empty"


async def test_an_order_that_is_not_settled_keeps_its_key(shop, buyer, world, books, monkeypatch):
    monkeypatch.setattr("webstore.domain.checkout.TWIN_PATIENCE", 0.2)
    await fill(buyer)
    world.payments.steps |= {"charge": [LOST], "find": [LOST]}
    await buyer.post("/checkout", json={}, headers=KEY)
    await fill(buyer)
    await age(shop, timedelta(hours=25))
    assert outcome(await buyer.post("/checkout", json={}, headers=KEY)) == "checkout-pending"
    assert len(books.orders()) == 1


async def test_a_key_is_its_users_own(shop, buyer, books):
    await fill(buyer)
    await buyer.post("/checkout", json={}, headers=KEY)
    async with await client_of_user(shop, "admin") as other:
        assert outcome(await other.post("/checkout", json={}, headers=KEY)) == "cart-empty"


async def test_a_twin_of_a_pending_checkout_is_told_so(buyer, world, books, monkeypatch):
    monkeypatch.setattr("webstore.domain.checkout.TWIN_PATIENCE", 0.2)
    await fill(buyer)
    world.payments.steps |= {"charge": [LOST], "find": [LOST]}
    responses = [await buyer.post("/checkout", json={}, headers=KEY) for _ in range(2)]
    assert [outcome(response) for response in responses] == ["checkout-pending"] * 2
    assert responses[0].json()["order_id"] == responses[1].json()["order_id"]


async def test_buyers_waiting_for_a_slow_payment_hold_no_connection(shop, world, books):
    """More of them than there are connections; others are served meanwhile."""
    world.payments.may_answer.clear()
    waiting = shop.database.engine.pool.size() * 2
    buyers = [await client_of_user(shop, f"buyer{n}") for n in range(waiting)]
    await asyncio.gather(*(fill(buyer) for buyer in buyers))
    checkouts = [asyncio.create_task(buyer.post("/checkout", json={})) for buyer in buyers]
    await world.payments.wait_for_calls(waiting)
    assert shop.database.engine.pool.checkedout() == 0
    assert (await buyers[0].get("/orders")).status_code == 200
    world.payments.may_answer.set()
    assert {response.status_code for response in await asyncio.gather(*checkouts)} == {200}
