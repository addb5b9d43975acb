"""Customers fall into segments by what is remembered of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from webstore.activity import Activity, Stage
from webstore.clients import memory
from webstore.domain.segments import History, Segment, segment

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def history(days: float = 0, cents: int = 0, orders: int = 0) -> History:
    return History(last_activity=NOW - timedelta(days=days), spend_cents=cents, orders=orders)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (None, Segment.NEW),
        (history(), Segment.RETURNING),
        (history(days=30), Segment.RETURNING),
        (history(days=30.01), Segment.AT_RISK),
        (history(days=90), Segment.AT_RISK),
        (history(days=90.01), Segment.CHURNED),
        (history(cents=500_00), Segment.RETURNING),
        (history(cents=500_01), Segment.VIP),
        (history(orders=5), Segment.RETURNING),
        (history(orders=6), Segment.VIP),
        (history(days=200, cents=500_01), Segment.VIP),
    ],
)
def test_segments(past, expected):
    assert segment(past, NOW) is expected


async def test_purchases_are_remembered_in_cents():
    customers = memory.Customers(memory.connect("fakeredis://", timeout=1))
    assert await customers.record("u", "US") is None
    await customers.record("u", "US", spend_cents=19_99)
    await customers.record("u", "US", spend_cents=1)
    past = await customers.record("u", "US")
    assert (past.spend_cents, past.orders) == (20_00, 2)
    assert datetime.now(UTC) - past.last_activity < timedelta(seconds=5)


async def test_only_the_first_of_two_activities_at_once_is_a_new_customers():
    customers = memory.Customers(memory.connect("fakeredis://", timeout=1))
    pasts = await asyncio.gather(*(customers.record("u", "US") for _ in range(2)))
    assert [past is None for past in pasts] == [True, False]


async def test_without_memory_the_segment_is_unknown(moved):
    activity = Activity(memory.Customers(memory.connect("redis://127.0.0.1:1", timeout=1)))
    await activity.note(Stage.ADD_TO_CART, "US", "u")
    await activity.note(Stage.ADD_TO_CART, "US", None)
    assert {dict(labels)["segment"] for labels in moved("webstore.customer.segment")} == {"unknown", "anonymous"}
