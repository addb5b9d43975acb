"""Buyers that keep a shop busy: each sends its next request when the last one is answered, on one connection.

Bare HTTP over asyncio's streams: a client library would take as long for a request as the shop does.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, TypeAlias
from urllib.parse import urlsplit

#: The least costly goods of the demo's catalogue, so that many fit into one delivery.
PRODUCTS = (3, 6, 7, 8)
ANSWER_TIMEOUT = 30.0  # seconds
WARM_UP = 2.0  # seconds


class Refused(Exception):
    """An answer that a benchmark of successes can't count."""


@dataclass(frozen=True)
class Buyer:
    token: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def add_to_cart(self, product_id: int) -> None:
        await self.call("POST", "/cart/add", {"product_id": product_id, "quantity": 1})

    async def check_out(self) -> None:
        await self.call("POST", "/checkout", {"payment_method": "credit_card"})

    async def empty_cart(self) -> None:
        for item in (await self.call("GET", "/cart"))["items"]:
            await self.call("DELETE", f"/cart/items/{item['id']}")

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's body. Raises Refused."""
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.writer.write(head.encode() + content)
        async with asyncio.timeout(ANSWER_TIMEOUT):
            status, text = await self._answer()
        if status >= 300:
            raise Refused(f"{method} {path}: {status} {text.decode(errors='replace')}")
        return json.loads(text) if text else None

    async def _answer(self) -> tuple[int, bytes]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        return int(status_line.split()[1]), await self.reader.readexactly(int(headers.get("content-length", 0)))


#: What a buyer does over and over, with the next product.
Action: TypeAlias = Callable[[Buyer, int], Coroutine[None, None, None]]


async def add(buyer: Buyer, product_id: int) -> None:
    await buyer.add_to_cart(product_id)


async def purchase(buyer: Buyer, product_id: int) -> None:
    """A checkout, and the cart add that it needs."""
    await buyer.add_to_cart(product_id)
    await buyer.check_out()


def empty_carts(url: str, tokens: Sequence[str]) -> None:
    """A product's line in a cart is bounded."""

    async def work(buyers: Sequence[Buyer]) -> None:
        await asyncio.gather(*(buyer.empty_cart() for buyer in buyers))

    asyncio.run(_with_buyers(url, tokens, work))


@dataclass(frozen=True)
class Done:
    count: int
    seconds: float


def keep_busy(url: str, tokens: Sequence[str], action: Action, seconds: float) -> Done:
    """What all of them together did. Raises Refused."""
    done: list[Done] = []

    async def work(buyers: Sequence[Buyer]) -> None:
        start = time.perf_counter()
        counts = await asyncio.gather(*(_repeat(buyer, action, start + seconds) for buyer in buyers))
        done.append(Done(sum(counts), time.perf_counter() - start))

    asyncio.run(_with_buyers(url, tokens, work))
    return done[0]


def warm_up(url: str, tokens: Sequence[str]) -> None:
    """Fill pools and caches, and import what is imported late."""
    keep_busy(url, tokens, purchase, WARM_UP)


async def _repeat(buyer: Buyer, action: Action, end: float) -> int:
    count = 0
    for product in cycle(PRODUCTS):
        if time.perf_counter() >= end:
            break
        await action(buyer, product)
        count += 1
    return count


async def _with_buyers(
    url: str, tokens: Sequence[str], work: Callable[[Sequence[Buyer]], Coroutine[None, None, None]]
) -> None:
    address = urlsplit(url)
    buyers = [Buyer(token, *await asyncio.open_connection(address.hostname, address.port)) for token in tokens]
    try:
        await work(buyers)
    finally:
        for buyer in buyers:
            buyer.writer.close()
