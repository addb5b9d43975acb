"""A buyer: the calls of one purchase through the shop's API."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

DEMO_TOKEN = "user-token-123"  # noqa: S105 - published in the README


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    #: By lower-case name.
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShopClient:
    url: str
    token: str | None = DEMO_TOKEN
    timeout: float = 30.0  # seconds; the longest checkout takes less

    def add_to_cart(self, product_id: int, quantity: int = 1, **headers: str) -> Answer:
        return self.call("POST", "/cart/add", {"product_id": product_id, "quantity": quantity}, **headers)

    def checkout(self, payment_method: str = "credit_card", coupon_code: str | None = None, **headers: str) -> Answer:
        coupon = {"coupon_code": coupon_code} if coupon_code else {}
        return self.call("POST", "/checkout", {"payment_method": payment_method, **coupon}, **headers)

    def cart(self) -> dict[int, int]:
        """Pieces by product."""
        return {item["product_id"]: item["quantity"] for item in self.call("GET", "/cart").body["items"]}

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Header names are given with underscores. An error status is an answer too."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 - a loopback address
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                return _read(answer)
        except urllib.error.HTTPError as error:
            return _read(error)


def new_traceparent() -> tuple[str, str]:
    """A trace id, and the header that makes a request part of that trace."""
    trace_id = token_hex(16)
    return trace_id, f"00-{trace_id}-{token_hex(8)}-01"


def _read(answer: Any) -> Answer:
    text = answer.read()
    return Answer(
        answer.status,
        json.loads(text) if text else None,
        {name.lower(): value for name, value in answer.headers.items()},
    )
