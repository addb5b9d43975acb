"""What the shop measures by looking: each gauge has the value that the shop is in."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from anyio import CapacityLimiter
from scripted import LOST
from series import labels
from sqlalchemy import select, text
from visitors import DEMO_TOKEN, client_of, client_of_user
from webstore import gauges
from webstore.activity import Activity, Stage
from webstore.clients import memory
from webstore.models import CartItem, MessageState, Order, OutboxMessage, now
from webstore.shop import Shop

from tests.support.polling import block_thread, eventually_on_loop

POOL = "db.client.connection.pool.name"
STATE = "db.client.connection.state"


def gauges_of(shop, redis=None, **threads) -> gauges.Gauges:
    redis = redis or shop.redis
    return gauges.Gauges(shop.database, memory.Customers(redis), redis, threads, sweep_after=30)


async def change_all(shop, kind, **values):
    """Set columns of every row of a table."""

    def run(session):
        for row in session.scalars(select(kind)):
            for name, value in values.items():
                setattr(row, name, value)

    await shop.database.run(run)


async def test_a_user_is_active_once_in_each_country(shop, levels):
    for country, user in (("DE", "a"), ("DE", "a"), ("DE", "b"), ("FR", "a"), ("JP", None)):
        await shop.activity.note(Stage.BROWSE_CATALOG, country, user)
    await gauges_of(shop).run()
    active = {dict(point)["country"]: value for point, value in levels()["webstore.users.active"].items()}
    assert active == {"DE": 2, "FR": 1, "JP": 0, "US": 0, "UK": 0, "BR": 0, "IN": 0}


async def test_a_user_is_active_for_a_quarter_of_an_hour(shop, levels):
    late = (now() - timedelta(minutes=15, seconds=1)).timestamp()
    in_time = (now() - timedelta(minutes=14, seconds=50)).timestamp()
    await shop.redis.zadd("active:DE", {"gone": late, "here": in_time})
    await gauges_of(shop).run()
    assert levels()["webstore.users.active"][labels(country="DE")] == 1
    assert await shop.redis.zcard("active:DE") == 1  # so that Redis does not fill up


async def test_carts_are_active_for_an_hour(shop, buyer, levels):
    other = await client_of_user(shop, "other")
    for client, product_id in ((buyer, 1), (buyer, 2), (other, 1)):
        await client.post("/cart/add", json={"product_id": product_id, "quantity": 1})
    await gauges_of(shop).run()
    assert levels()["webstore.active_carts"] == {labels(): 2}
    await change_all(shop, CartItem, created_at=now() - timedelta(minutes=61))
    await gauges_of(shop).run()
    assert levels()["webstore.active_carts"] == {labels(): 0}


async def test_worker_threads(shop, levels):
    limiter = CapacityLimiter(1)
    looking = gauges_of(shop, database=shop.database.threads, passwords=limiter)
    async with limiter:
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        await looking.run()
    await waiting
    seen = levels()
    passwords, database = labels(pool="passwords"), labels(pool="database")
    assert seen["webstore.worker_threads.active"] == {passwords: 1, database: 0}
    assert seen["webstore.worker_threads.waiting"] == {passwords: 1, database: 0}
    assert seen["webstore.worker_threads.limit"] == {passwords: 1, database: shop.database.engine.pool.size()}


async def test_connections_of_the_database(shop, levels):
    with shop.database.engine.connect(), shop.database.engine.connect():
        shop.database.engine.connect().close()
        await gauges_of(shop).run()
    counts = {"used": 2, "idle": 1}
    seen = levels()
    pool = {POOL: "webstore"}
    assert seen["db.client.connection.count"] == {labels(**pool, **{STATE: state}): n for state, n in counts.items()}
    assert seen["db.client.connection.max"] == {labels(**pool): shop.database.engine.pool.size()}


async def test_the_outbox(shop, buyer, levels):
    await gauges_of(shop).run()
    seen = levels()
    assert [seen[f"webstore.outbox.{name}"] for name in ("pending", "dead", "oldest_age")] == [{labels(): 0}] * 3
    for _ in range(3):
        await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})
        await buyer.post("/checkout", json={})

    def age(session):
        first, second, _ = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        first.state = MessageState.DEAD
        first.created_at = now() - timedelta(hours=2)
        second.created_at = now() - timedelta(minutes=1)

    await shop.database.run(age)
    await gauges_of(shop).run()
    seen = levels()
    assert (seen["webstore.outbox.pending"], seen["webstore.outbox.dead"]) == ({labels(): 2}, {labels(): 1})
    assert 60 <= seen["webstore.outbox.oldest_age"][labels()] < 70


async def test_unsettled_orders(shop, buyer, world, levels):
    world.payments.steps |= {"charge": [LOST], "find": [LOST]}
    for _ in range(2):  # the first is left half-way, the second is confirmed
        await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})
        await buyer.post("/checkout", json={})
    await gauges_of(shop).run()
    nobody = {labels(status=status): 0 for status in ("pending", "authorised", "cancelling")}
    assert levels()["webstore.orders.unsettled"] == nobody  # they may still be worked on
    await change_all(shop, Order, updated_at=now() - timedelta(seconds=31))
    await gauges_of(shop).run()
    assert levels()["webstore.orders.unsettled"] == nobody | {labels(status="pending"): 1}


async def test_memory_and_clients_of_redis(shop, levels, monkeypatch):
    """Stands in for the real one, which the stack tests ask: the one in this process has no INFO."""

    async def info():
        return {"used_memory": 1_000_000, "maxmemory": 2_000_000, "connected_clients": 3, "role": "master"}

    monkeypatch.setattr(shop.redis, "info", info)
    await gauges_of(shop).run()
    seen = levels()
    names = ("redis.memory.used", "redis.memory.limit", "redis.clients.connected")
    assert [seen[name] for name in names] == [{labels(): 1_000_000}, {labels(): 2_000_000}, {labels(): 3}]


async def test_a_redis_without_info_is_no_fault(shop, levels):
    await gauges_of(shop).run()
    seen = levels()
    assert "redis.memory.used" not in seen
    assert "webstore.users.active" in seen


async def test_without_redis_the_others_are_measured(shop, levels):
    await gauges_of(shop, redis=memory.connect("redis://127.0.0.1:1", timeout=1)).run()
    seen = levels()
    assert "webstore.users.active" not in seen
    assert {"webstore.active_carts", "webstore.outbox.pending", "db.client.connection.count"} <= seen.keys()


async def test_without_the_database_no_old_number_stands_still(shop, levels):
    await gauges_of(shop).run()
    await shop.database.run(lambda session: session.execute(text("DROP TABLE outbox")))
    await gauges_of(shop).run()
    seen = levels()
    assert {"webstore.outbox.pending", "webstore.outbox.dead", "webstore.outbox.oldest_age"}.isdisjoint(seen)
    assert "webstore.users.active" in seen


async def test_a_blocked_event_loop_shows(monkeypatch):
    recorded = []
    monkeypatch.setattr(gauges.metrics.event_loop_lag, "record", recorded.append)
    monkeypatch.setattr(gauges, "LAG_INTERVAL", 0.01)
    task = asyncio.create_task(gauges.watch_event_loop())
    await eventually_on_loop(lambda: recorded and min(recorded) < 0.2, "a loop that is not blocked shows")
    recorded.clear()
    block_thread(0.3)  # what no handler should do
    await eventually_on_loop(lambda: recorded and max(recorded) > 0.2, "the block shows")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_an_open_shop_measures_by_itself(settings, world, levels):
    """Every gauge, under the names and labels that telemetry.yaml lists; and nothing goes on afterwards."""
    expected = {
        "webstore.users.active",
        "webstore.outbox.oldest_age",
        "webstore.orders.unsettled",
        "webstore.event_loop.lag",
    }
    before = asyncio.all_tasks()
    shop = Shop(settings)
    async with shop.open(), client_of(shop, DEMO_TOKEN) as buyer:
        await buyer.get("/US/products")
        await eventually_on_loop(lambda: expected <= levels().keys(), "every gauge has a value")
    seen = levels()
    assert {dict(point)["pool"] for point in seen["webstore.worker_threads.limit"]} == {"database", "passwords"}
    assert expected <= seen.keys()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("days", "stored", "segment"),
    [
        (None, {}, "new"),
        (1, {}, "returning"),
        (31, {}, "at_risk"),
        (91, {}, "churned"),
        (91, {"orders": 6}, "vip"),
        (1, {"spend_cents": 500_01}, "vip"),
    ],
)
async def test_every_segment_can_be_reached(days, stored, segment, shop, moved):
    if days is not None:
        last = (now() - timedelta(days=days)).timestamp()
        await shop.redis.hset("customer:u", mapping={"last_activity": last, **stored})
    await Activity(memory.Customers(shop.redis)).note(Stage.VIEW_PRODUCT, "DE", "u")
    point = labels(segment=segment, action="view_product", country="DE")
    assert moved("webstore.customer.segment") == {point: 1}
