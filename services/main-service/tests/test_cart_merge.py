"""A cart that the browser kept joins the user's own: all that there is room for, and once."""

import asyncio
import logging
from datetime import timedelta

import pytest
from books import dump
from series import labels
from sqlalchemy import select
from visitors import client_of_user
from webstore.background import Pruner
from webstore.domain import cart
from webstore.models import MAX_QUANTITY, CartMerge

KEY = "9f1c"
UNKNOWN = 99


def items(*quantities: tuple[int, int]) -> list[dict[str, int]]:
    return [{"product_id": product_id, "quantity": quantity} for product_id, quantity in quantities]


async def merge(buyer, *quantities: tuple[int, int], key: str = KEY, **body):
    headers = {"Idempotency-Key": key}
    return await buyer.post("/cart/merge", json={"items": items(*quantities), **body}, headers=headers)


async def test_quantities_are_added_to_those_in_the_cart(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 3, "quantity": 2})
    response = await merge(buyer, (7, 1), (3, 3))
    assert response.status_code == 200
    assert response.json() == {**(await buyer.get("/cart")).json(), "skipped": []}
    assert [item["product_id"] for item in response.json()["items"]] == [3, 7]
    assert books.cart() == {3: 5, 7: 1}


async def test_a_product_that_is_sent_twice_is_added_up(buyer, books):
    await merge(buyer, (3, 2), (7, 1), (3, 4))
    assert books.cart() == {3: 6, 7: 1}


async def test_a_line_is_filled_up_to_its_limit(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": MAX_QUANTITY - 1})
    await buyer.post("/cart/add", json={"product_id": 2, "quantity": MAX_QUANTITY})
    response = await merge(buyer, (1, 5), (2, 5), (3, MAX_QUANTITY), (3, 1))
    assert (response.status_code, response.json()["skipped"]) == (200, [])
    assert books.cart() == dict.fromkeys((1, 2, 3), MAX_QUANTITY)


async def test_unknown_products_are_left_out_and_listed_once(buyer, books):
    response = await merge(buyer, (UNKNOWN, 1), (7, 2), (2**31 - 1, 1), (UNKNOWN, 3))
    assert (response.status_code, response.json()["skipped"]) == (200, [UNKNOWN, 2**31 - 1])
    assert books.cart() == {7: 2}


async def test_a_merge_of_unknown_products_alone_leaves_the_cart_empty(buyer, moved):
    response = await merge(buyer, (UNKNOWN, 1))
    assert response.json() == {"user_id": "user123", "items": [], "total": 0, "skipped": [UNKNOWN]}
    assert moved("webstore.funnel.stage") == {}


async def test_additions_are_counted_and_logged_once_for_each_product(buyer, moved, caplog):
    caplog.set_level(logging.INFO)
    await buyer.post("/cart/add", json={"product_id": 2, "quantity": MAX_QUANTITY, "country": "JP"})
    caplog.clear()
    for _ in range(2):
        await merge(buyer, (1, 3), (2, 1), (UNKNOWN, 1), (7, 2), country="DE")
    assert moved("webstore.cart.additions") == {
        labels(country="JP", product_id="2"): 1,
        labels(country="DE", product_id="1"): 1,
        labels(country="DE", product_id="7"): 1,
    }
    assert moved("webstore.funnel.stage")[labels(stage="add_to_cart", country="DE")] == 2
    lines = [vars(record) for record in caplog.records if vars(record).get("event.name") == "cart.item_added"]
    assert [(line["product.id"], line["quantity"], line["country"]) for line in lines] == [(1, 3, "DE"), (7, 2, "DE")]


async def test_the_cart_takes_the_country_of_a_merge_that_has_one(buyer, moved):
    for number, country in enumerate(({}, {"country": "JP"}, {})):
        await merge(buyer, (1, 1), key=f"key-{number}", **country)
    assert moved("webstore.cart.additions") == {
        labels(country="US", product_id="1"): 1,
        labels(country="JP", product_id="1"): 2,
    }


async def test_a_repeated_merge_adds_nothing_and_gets_the_cart_as_it_is(buyer, books):
    quantities = ((1, 3), (UNKNOWN, 1))
    await merge(buyer, *quantities, country="DE")
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1, "country": "JP"})
    again = await merge(buyer, *quantities, country="DE")
    assert again.json() == {**(await buyer.get("/cart")).json(), "skipped": [UNKNOWN]}
    assert books.cart() == {1: 3, 7: 1}


async def test_40_merges_with_one_key_add_once(buyer, books, moved):
    """Also when there was no cart before."""
    responses = await asyncio.gather(*(merge(buyer, (1, 3), (7, 1)) for _ in range(40)))
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    assert books.cart() == {1: 3, 7: 1}
    assert sum(moved("webstore.cart.additions").values()) == 2


async def test_merges_with_different_keys_all_add(buyer, books):
    responses = await asyncio.gather(*(merge(buyer, (1, 3), key=f"key-{n}") for n in range(20)))
    assert {response.status_code for response in responses} == {200}
    assert books.cart() == {1: 60}


@pytest.mark.parametrize("other", [{"quantities": [(1, 4)]}, {"quantities": [(1, 3)], "country": "DE"}])
async def test_a_key_with_another_body_is_rejected(other, shop, buyer):
    await merge(buyer, (1, 3))
    before = dump(shop.database.engine)
    response = await merge(buyer, *other.pop("quantities"), **other)
    assert (response.status_code, response.json()["type"]) == (422, "urn:webstore:problem:idempotency-conflict")
    assert dump(shop.database.engine) == before


async def test_a_checkout_may_use_the_same_key(buyer):
    await merge(buyer, (1, 3))
    assert (await buyer.post("/checkout", json={}, headers={"Idempotency-Key": KEY})).status_code == 200


async def test_a_key_is_its_users_own(shop, buyer, books):
    await merge(buyer, (1, 3))
    async with await client_of_user(shop, "admin") as other:
        assert (await merge(other, (1, 4))).status_code == 200
    assert (books.cart(), books.cart("admin")) == ({1: 3}, {1: 4})


async def test_a_merge_that_fails_leaves_nothing(shop, buyer, books, monkeypatch):
    """Not its key either, so that the same request may try again."""
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
    before = dump(shop.database.engine)
    with monkeypatch.context() as patched:
        patched.setattr(cart, "items", lambda *_: 1 / 0)
        assert (await merge(buyer, (1, 1), (7, 1), country="DE")).status_code == 500
    assert dump(shop.database.engine) == before
    assert (await merge(buyer, (1, 1), (7, 1), country="DE")).status_code == 200
    assert books.cart() == {1: 2, 7: 1}


async def age(shop, by: timedelta) -> None:
    """Time passes for all keys."""

    def run(session):
        for kept in session.scalars(select(CartMerge)):
            kept.expires_at -= by

    await shop.database.run(run)


@pytest.mark.parametrize(
    ("by", "quantity"), [(timedelta(hours=23, minutes=59), 3), (timedelta(hours=24), 6)], ids=["valid", "expired"]
)
@pytest.mark.parametrize("is_pruned", [False, True], ids=["kept", "pruned"])
async def test_a_key_lasts_a_day(is_pruned, by, quantity, shop, buyer, books):
    await merge(buyer, (1, 3))
    await age(shop, by)
    if is_pruned:
        await Pruner(shop.database).run()
    responses = await asyncio.gather(*(merge(buyer, (1, 3)) for _ in range(10)))
    assert {response.status_code for response in responses} == {200}
    assert books.cart() == {1: quantity}


async def test_expired_keys_are_pruned_and_the_others_stay(shop, buyer):
    await merge(buyer, (1, 1), key="old")
    await age(shop, timedelta(hours=24))
    await merge(buyer, (1, 1), key="new")
    await Pruner(shop.database).run()
    assert [row.idempotency_key for row in dump(shop.database.engine)["cart_merges"]] == ["new"]
