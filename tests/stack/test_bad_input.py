"""Bad input against the real database; the full table of cases is main-service's own test."""

import pytest

from tests.support.stack import SHOP_URL, Stack
from tools.shop_client import DEMO_TOKEN, ShopClient

ADD = "/cart/add"
TABLES = ("products", "carts", "cart_items", "orders", "outbox")

CASES = [
    ("malformed JSON", ADD, b'{"product_id": 3,', 400, "malformed-request"),
    ("text for a number", ADD, {"product_id": "3", "quantity": 1}, 422, "validation-failed"),
    ("a fraction", ADD, {"product_id": 3, "quantity": 1.5}, 422, "validation-failed"),
    ("unknown product", ADD, {"product_id": 999, "quantity": 1}, 404, "not-found"),
    ("quantity 0", ADD, {"product_id": 3, "quantity": 0}, 422, "validation-failed"),
    ("quantity -5", ADD, {"product_id": 3, "quantity": -5}, 422, "validation-failed"),
    ("quantity 10^9", ADD, {"product_id": 3, "quantity": 10**9}, 422, "validation-failed"),
    ("product beyond the integer range", ADD, {"product_id": 2**31, "quantity": 1}, 422, "validation-failed"),
    ("unknown country", ADD, {"product_id": 3, "quantity": 1, "country": "XX"}, 422, "validation-failed"),
    ("unknown payment method", "/checkout", {"payment_method": "cash"}, 422, "validation-failed"),
    ("NUL in a name", "/auth/login", {"username": "user\0", "password": "x"}, 422, "validation-failed"),
]
TOKENS = [("missing token", None), ("wrong token", "no-such-token")]


@pytest.mark.parametrize(("name", "path", "body", "status", "problem"), CASES, ids=[case[0] for case in CASES])
def test_bad_input_changes_nothing(stack: Stack, name: str, path: str, body: object, status: int, problem: str) -> None:
    assert_refused(stack, DEMO_TOKEN, path, body, status, problem)


@pytest.mark.parametrize(("name", "token"), TOKENS, ids=[token[0] for token in TOKENS])
def test_bad_token_changes_nothing(stack: Stack, name: str, token: str | None) -> None:
    assert_refused(stack, token, ADD, {"product_id": 3, "quantity": 1}, 401, "not-authenticated")


def test_unknown_country_in_the_path(stack: Stack) -> None:
    answer = ShopClient(SHOP_URL).call("GET", "/XX/products")
    assert (answer.status, answer.body["type"]) == (422, "urn:webstore:problem:validation-failed")


def test_the_documented_call_without_a_country(stack: Stack) -> None:
    answer = ShopClient(SHOP_URL).call("POST", ADD, {"product_id": 3, "quantity": 1})
    assert answer.status == 200
    assert ShopClient(SHOP_URL).call("DELETE", f"/cart/items/{answer.body['cart_item_id']}").status == 204


def assert_refused(stack: Stack, token: str | None, path: str, body: object, status: int, problem: str) -> None:
    before = tables(stack)
    answer = ShopClient(SHOP_URL, token).call("POST", path, body)
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["type"] == f"urn:webstore:problem:{problem}"
    assert tables(stack) == before


def tables(stack: Stack) -> str:
    """All rows that a request may change."""
    select = "SELECT * FROM {} ORDER BY 1"
    commands = [part for table in TABLES for part in ("-c", select.format(table))]
    return stack.run("docker", "compose", "exec", "-T", "postgres", "psql", "-U", "webstore", "-At", *commands)
