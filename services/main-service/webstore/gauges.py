"""What is measured by looking every few seconds: shoppers, carts, work left over, pools, threads and Redis."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import get_args

import redis.asyncio as redis
from anyio import CapacityLimiter
from redis.exceptions import RedisError
from sqlalchemy import QueuePool
from sqlalchemy.exc import OperationalError

from webstore.background import untraced
from webstore.clients.memory import Customers
from webstore.database import Database
from webstore.domain import cart, countries, orders, outbox
from webstore.telemetry import metrics
from webstore.telemetry.metrics import Level

# A cart that nobody has touched for longer is abandoned rather than active.
CART_IS_ACTIVE = timedelta(hours=1)

#: What the database knows.
WORK = (
    metrics.active_carts,
    metrics.unsettled_orders,
    metrics.outbox_pending,
    metrics.outbox_dead,
    metrics.outbox_oldest_age,
)

# Short enough to see a request that blocks the loop, long enough to cost nothing.
LAG_INTERVAL = 0.25  # seconds


class Gauges:
    def __init__(
        self,
        database: Database,
        customers: Customers,
        memory: redis.Redis,
        threads: Mapping[str, CapacityLimiter],
        sweep_after: float,
    ):
        """`threads` are the limits of worker threads by the name of their pool."""
        self._database = database
        self._customers = customers
        self._redis = memory
        self._threads = threads
        self._sweep_after = timedelta(seconds=sweep_after)

    async def run(self) -> None:
        self._look_at_threads()
        self._look_at_connections()
        with untraced():
            await self._look_at_users()
            await self._look_at_redis()
            await self._look_at_work()

    def _look_at_threads(self) -> None:
        for pool, limiter in self._threads.items():
            metrics.worker_threads_active.set(limiter.borrowed_tokens, {"pool": pool})
            metrics.worker_threads_limit.set(limiter.total_tokens, {"pool": pool})
            metrics.worker_threads_waiting.set(limiter.statistics().tasks_waiting, {"pool": pool})

    def _look_at_connections(self) -> None:
        pool = self._database.engine.pool
        if not isinstance(pool, QueuePool):
            return  # SQLite in memory has one connection and no pool
        name = {"db.client.connection.pool.name": "webstore"}
        metrics.database_connections.set(pool.checkedout(), {**name, "db.client.connection.state": "used"})
        metrics.database_connections.set(pool.checkedin(), {**name, "db.client.connection.state": "idle"})
        metrics.database_connections_max.set(pool.size(), name)

    async def _look_at_users(self) -> None:
        with _absent_on(RedisError, metrics.active_users):
            for country in get_args(countries.Country):
                metrics.active_users.set(await self._customers.count_active(country), {"country": country})

    async def _look_at_redis(self) -> None:
        with _absent_on(RedisError, metrics.redis_memory_used, metrics.redis_memory_limit, metrics.redis_clients):
            info = await self._redis.info()  # which the Redis inside this process does not have
            metrics.redis_memory_used.set(info["used_memory"])
            metrics.redis_memory_limit.set(info["maxmemory"])
            metrics.redis_clients.set(info["connected_clients"])

    async def _look_at_work(self) -> None:
        with _absent_on(OperationalError, *WORK):
            metrics.active_carts.set(await self._database.run(cart.count_active, CART_IS_ACTIVE))
            for status, count in (await self._database.run(orders.count_unsettled, self._sweep_after)).items():
                metrics.unsettled_orders.set(count, {"status": str(status)})
            backlog = await self._database.run(outbox.backlog)
            metrics.outbox_pending.set(backlog.pending)
            metrics.outbox_dead.set(backlog.dead)
            metrics.outbox_oldest_age.set(backlog.oldest_age.total_seconds())


@contextmanager
def _absent_on(fault: type[Exception], *levels: Level) -> Iterator[None]:
    """A last value that stands still would look like health."""
    try:
        yield
    except fault:
        for level in levels:
            level.clear()


async def watch_event_loop() -> None:
    """How much later than asked the loop wakes a task: what every request waits in addition."""
    while True:
        start = perf_counter()
        await asyncio.sleep(LAG_INTERVAL)
        metrics.event_loop_lag.record(max(0.0, perf_counter() - start - LAG_INTERVAL))
