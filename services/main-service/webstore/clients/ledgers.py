"""The records of payments-service, payment-provider and promotions-service, for an audit."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from webstore.domain.audit import Transaction
from webstore.domain.money import to_cents
from webstore.domain.promotion import Redemption

TIMEOUT = 10.0  # seconds; nobody waits at a till
PAGE = 500  # transactions or redemptions
# payments-service passes each question on to the provider, and buyers must not notice an audit.
QUESTIONS_AT_ONCE = 10


class NoAnswer(Exception):
    """A party did not say what it has."""


async def settlement_report(base_url: str) -> list[Transaction]:
    """Everything that payment-provider has under a key. Raises NoAnswer."""
    async with _client("payment-provider", base_url) as client:
        pages = _pages(client, "/api/payment/transactions", next_after="next_after")
        return [
            _transaction(record["idempotency_key"], record) async for page in pages for record in page["transactions"]
        ]


async def redemptions(base_url: str) -> list[Redemption]:
    """Every use of a coupon that promotions-service has. Raises NoAnswer."""
    async with _client("promotions-service", base_url) as client:
        pages = _pages(client, "/api/promotions/redemptions", next_after="nextAfter")
        return [
            Redemption(record["orderId"], record["couponCode"])
            async for page in pages
            for record in page["redemptions"]
        ]


async def payments_of(base_url: str, keys: Iterable[str]) -> list[Transaction]:
    """What payments-service says of each key. Raises NoAnswer."""
    turns = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def ask(client: httpx.AsyncClient, key: str) -> Transaction | None:
        async with turns:
            record = await _get(client, f"/api/payments/{key}", may_lack=True)
        return _transaction(key, record) if record else None

    async with _client("payments-service", base_url) as client:
        answers = await asyncio.gather(*(ask(client, key) for key in keys))
    return [answer for answer in answers if answer]


@asynccontextmanager
async def _client(party: str, base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    try:
        async with httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT) as client:
            yield client
    except httpx.HTTPStatusError as error:
        raise NoAnswer(f"{party} at {base_url} answers {error.response.status_code}") from error
    except httpx.TransportError as error:
        raise NoAnswer(f"{party} at {base_url} does not answer: {error or type(error).__name__}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer(f"{party} at {base_url} answers what can't be read: {error!r}") from error


async def _pages(client: httpx.AsyncClient, path: str, next_after: str) -> AsyncIterator[Any]:
    """The pages of a list; the field `next_after` has the place of the next one. Raises ValueError when it repeats."""
    seen: set[str | None] = set()
    after: str | None = None
    while after not in seen:
        seen.add(after)
        page = await _get(client, path, limit=PAGE, after=after)
        yield page
        after = page[next_after]
        if after is None:
            return
    raise ValueError(f"the page after {after} comes again")


async def _get(client: httpx.AsyncClient, path: str, *, may_lack: bool = False, **query: Any) -> Any:
    """The answer's JSON; None when there is no such thing and `may_lack` says that this is an answer."""
    response = await client.get(path, params={name: value for name, value in query.items() if value is not None})
    if may_lack and response.status_code == 404:
        return None
    return response.raise_for_status().json()


def _transaction(key: str, record: dict[str, Any]) -> Transaction:
    amount = record.get("amount")
    return Transaction(
        key, record["status"], None if amount is None else to_cents(amount), record.get("transaction_id") or None
    )
