"""Redis: how often something happened lately. Who asks is not kept waiting while Redis is down."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis.asyncio as redis
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from webstore.domain.errors import Unavailable

# For so long nobody asks a Redis that did not answer, so an outage costs one request its time-out and not each.
PAUSE = 1.0  # seconds


def storage(url: str, client: redis.Redis) -> Storage:
    """Uses the client's connections. `fakeredis://` runs no Lua, which the library's own Redis storage consists of."""
    if url.startswith("fakeredis:"):
        return MemoryStorage()
    pool = client.connection_pool
    return RedisStorage("redis://", implementation="redispy", connection_pool=pool)  # type: ignore[arg-type]


class Windows:
    def __init__(self, storage: Storage):
        # Two numbers a key, however high the limit. Right at a window's end it is off by a little.
        self._counter = SlidingWindowCounterRateLimiter(storage)
        # Exact, but remembers each hit: for low limits.
        self._log = MovingWindowRateLimiter(storage)
        self._down_until = 0.0

    async def delay(self, limit: RateLimitItem, *key: str) -> int:
        """Seconds to wait until there is room again; 0 when there was, and it is taken. Raises Unavailable."""
        with self._remembering_outages():
            if await self._counter.hit(limit, *key):
                return 0
            stats = await self._counter.get_window_stats(limit, *key)
            return max(1, math.ceil(stats.reset_time - time.time()))

    async def has_room(self, limit: RateLimitItem, *key: str) -> bool:
        """Whether there was room, which is taken then. For low limits. Raises Unavailable."""
        with self._remembering_outages():
            return await self._log.hit(limit, *key)

    @contextmanager
    def _remembering_outages(self) -> Iterator[None]:
        now = time.monotonic()
        if now < self._down_until:
            raise Unavailable("Redis did not answer a moment ago.")
        if self._down_until:
            self._down_until = now + PAUSE  # this one finds out whether Redis is back; the others do not wait for it
        try:
            yield
        except RedisError as error:
            self._down_until = time.monotonic() + PAUSE
            raise Unavailable("Redis does not answer.") from error
        self._down_until = 0.0
