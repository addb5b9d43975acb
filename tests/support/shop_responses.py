"""What tests ask of the shop's responses, and the calls that several of them make."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tools.shop_client import Answer, ShopClient


def order(buyer: ShopClient, order_id: int) -> dict[str, Any]:
    answer = buyer.call("GET", f"/orders/{order_id}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.body
    return found


def problem(answer: Answer) -> tuple[int, str]:
    """Status and name."""
    return answer.status, answer.body["type"].removeprefix("urn:webstore:problem:")


def outcome(answer: Answer) -> str:
    """The status, or the problem's name."""
    return str(answer.body.get("type", answer.status)).removeprefix("urn:webstore:problem:")


def outcomes(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(map(outcome, answers))


def empty_cart(buyer: ShopClient) -> None:
    for item in buyer.call("GET", "/cart").body["items"]:
        assert buyer.call("DELETE", f"/cart/items/{item['id']}").status == 204
