"""Checkouts at the same time, against PostgreSQL's locks: no charge, order or piece too many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support import concurrency, shop_database, shop_responses
from tests.support.concurrency import BUYERS
from tests.support.polling import eventually
from tests.support.stack import Stack
from tests.support.third_parties import calmed
from tools.shop_client import ShopClient

SCARCE = 5  # a product's id


@pytest.fixture(autouse=True)
def _calm(stack: Stack) -> Iterator[None]:
    with calmed(stack, "payment-provider"):
        yield


def orders(buyer: ShopClient) -> list[int]:
    """The newest first."""
    return [order["id"] for order in buyer.call("GET", "/orders").body["orders"]]


def test_40_checkouts_of_one_cart_are_one_order_and_one_charge(stack: Stack) -> None:
    buyer = BUYERS[0]
    charged, ordered = shop_database.charges(stack), orders(buyer)
    buyer.add_to_cart(1)
    answers = concurrency.at_once([buyer.checkout] * 40)
    assert shop_responses.outcomes(answers) == {"200": 1, "cart-empty": 39}
    assert len(orders(buyer)) == len(ordered) + 1
    assert shop_database.charges(stack) == charged + 1


def test_40_with_one_key_are_40_equal_answers_and_one_charge(stack: Stack) -> None:
    buyer, key = BUYERS[1], str(uuid4())
    charged, ordered = shop_database.charges(stack), orders(buyer)
    buyer.add_to_cart(1)
    answers = concurrency.at_once([lambda: buyer.checkout(idempotency_key=key)] * 40)
    assert shop_responses.outcomes(answers) == {"200": 40}
    [order_id] = {answer.body["order_id"] for answer in answers}
    assert all(answer.body == answers[0].body for answer in answers)
    assert orders(buyer) == [order_id, *ordered]
    assert shop_database.charges(stack) == charged + 1


def test_what_is_put_into_the_cart_while_a_checkout_runs_stays_there(stack: Stack) -> None:
    buyer = BUYERS[2]
    shop_responses.empty_cart(buyer)
    buyer.add_to_cart(1)
    with calmed(stack, "payment-provider", latency_ms={"min": 1500, "max": 1500}), ThreadPoolExecutor() as threads:
        checkout = threads.submit(buyer.checkout)
        eventually(lambda: buyer.cart() == {}, "the checkout has taken the cart's lines", 10)
        assert [buyer.add_to_cart(product).status for product in (1, 2)] == [200, 200]
        assert not checkout.done()
        answer = checkout.result()
    assert (answer.status, answer.body["total_amount"]) == (200, 899.99)
    assert buyer.cart() == {1: 1, 2: 1}


def test_50_buyers_of_10_pieces(stack: Stack) -> None:
    before = shop_database.stock(stack, SCARCE)
    buyers = BUYERS[10:60]
    for buyer in buyers:
        shop_responses.empty_cart(buyer)
        assert buyer.add_to_cart(SCARCE).status == 200
    shop_database.set_stock(stack, SCARCE, 10)
    charged = shop_database.charges(stack)
    answers = concurrency.at_once([buyer.checkout for buyer in buyers])
    assert shop_responses.outcomes(answers) == {"200": 10, "sold-out": 40}
    assert shop_database.stock(stack, SCARCE) == 0  # that it is never below, a CHECK of the table sees to
    assert shop_database.charges(stack) == charged + 10
    assert sum(buyer.cart() == {SCARCE: 1} for buyer in buyers) == 40
    shop_database.set_stock(stack, SCARCE, before)


def test_stock_below_zero_is_refused_by_the_table(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="stock_not_negative"):
        shop_database.sql(stack, f"UPDATE products SET stock = -1 WHERE id = {SCARCE}")
