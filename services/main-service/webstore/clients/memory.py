"""Redis: sessions, and what is remembered of customers. Nothing in it is needed to sell."""

import hashlib
import secrets
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from webstore.domain.errors import Unavailable
from webstore.domain.segments import History

T = TypeVar("T")

# Long enough for "churned" (AT_RISK_WITHIN in segments.py) to be seen before a customer is forgotten.
CUSTOMER_LIFETIME = 365 * 24 * 3600  # seconds

# Who did nothing for longer is no longer an active user.
ACTIVE_FOR = 15 * 60  # seconds


def connect(url: str, timeout: float) -> redis.Redis:
    """`fakeredis://` is a Redis inside this process, for running the shop without containers."""
    if url.startswith("fakeredis:"):
        from fakeredis import FakeAsyncRedis

        return FakeAsyncRedis(decode_responses=True)
    # No retries: a request must not wait for them, and the next one tries again.
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), retries=0),
    )


class Sessions:
    """Logins. The token itself is not stored, so that who reads Redis can't use it."""

    def __init__(self, client: redis.Redis, lifetime: int):
        self._redis = client
        self.lifetime = lifetime

    async def open(self, user_id: str) -> str:
        """A new token. Raises Unavailable."""
        token = secrets.token_urlsafe(32)
        await _needed(self._redis.set(_session_key(token), user_id, ex=self.lifetime))
        return token

    async def user_of(self, token: str) -> str | None:
        """Raises Unavailable."""
        user_id = await _needed(self._redis.get(_session_key(token)))
        return str(user_id) if user_id else None

    async def close(self, token: str) -> None:
        """Raises Unavailable."""
        await _needed(self._redis.delete(_session_key(token)))


class Customers:
    """What each customer did; lost with Redis and then simply unknown."""

    def __init__(self, client: redis.Redis):
        self._redis = client

    async def record(self, user_id: str, country: str, spend_cents: int | None = None) -> History | None:
        """An activity now; with `spend_cents` it is a purchase. Gives what was remembered before. Raises RedisError."""
        now = datetime.now(UTC).timestamp()
        key = f"customer:{user_id}"
        # One question instead of two, so one span. And two activities at once don't both find a new customer.
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(key)
            pipeline.hset(key, "last_activity", now)
            if spend_cents is not None:
                pipeline.hincrby(key, "spend_cents", spend_cents)
                pipeline.hincrby(key, "orders", 1)
            pipeline.expire(key, CUSTOMER_LIFETIME)
            pipeline.zadd(_active_key(country), {user_id: now})
            before, *_ = await pipeline.execute()
        return _history(before)

    async def count_active(self, country: str) -> int:
        """Distinct users of the last ACTIVE_FOR seconds. Raises RedisError."""
        key = _active_key(country)
        await self._redis.zremrangebyscore(key, 0, datetime.now(UTC).timestamp() - ACTIVE_FOR)
        return int(await self._redis.zcard(key))


def _history(stored: dict[str, str]) -> History | None:
    if not stored:
        return None
    return History(
        last_activity=datetime.fromtimestamp(float(stored["last_activity"]), UTC),
        spend_cents=int(stored.get("spend_cents", 0)),
        orders=int(stored.get("orders", 0)),
    )


async def _needed(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except RedisError as error:
        raise Unavailable("Sessions are not available at the moment.") from error


def _active_key(country: str) -> str:
    return f"active:{country}"


def _session_key(token: str) -> str:
    return "session:" + hashlib.sha256(token.encode()).hexdigest()
