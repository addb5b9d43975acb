"""The CRM is told of each confirmed order, at least once, and nobody waits for it."""

import asyncio
from datetime import timedelta

import pytest
from scripted import DECLINE
from series import labels
from sqlalchemy import select
from visitors import DEMO_TOKEN, client_of
from webstore.background import Dispatcher, Loop
from webstore.clients.crm import CONNECTIONS, Crm
from webstore.domain import outbox
from webstore.models import MessageKind, MessageState, OutboxMessage, now
from webstore.shop import Shop

from tests.support.polling import event_on_loop


@pytest.fixture
def dispatcher(shop, world):
    return Dispatcher(
        shop.database, {MessageKind.ORDER: world.crm.record_order, MessageKind.COUPON: world.promotions.redeem}
    )


@pytest.fixture
async def bought(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1, "country": "JP"})
    await buyer.post("/checkout", json={})
    return books.order()


async def messages(shop) -> list[OutboxMessage]:
    return await shop.database.run(lambda session: list(session.scalars(select(OutboxMessage))))


async def make_due(shop, after: timedelta = timedelta()):
    def run(session):
        for message in session.scalars(select(OutboxMessage)):
            message.due_at = now() + after

    await shop.database.run(run)


async def test_an_order_is_delivered_once(shop, world, bought, dispatcher, moved):
    for _ in range(3):
        await dispatcher.run()
    assert world.crm.received == [
        {"user_id": "user123", "order_id": bought.reference, "amount": 29.99, "country": "JP"}
    ]
    [message] = await messages(shop)
    assert (message.state, message.attempts) == (MessageState.DELIVERED, 1)
    assert moved("webstore.outbox.deliveries") == {labels(kind="order", outcome="delivered"): 1}


async def test_dispatchers_at_once_deliver_once(shop, world, bought, dispatcher):
    await asyncio.gather(*(dispatcher.run() for _ in range(5)))
    assert len(world.crm.received) == 1


async def test_a_declined_order_is_not_told(shop, buyer, world, books, dispatcher):
    world.payments.steps["charge"] = [DECLINE]
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})
    await buyer.post("/checkout", json={})
    await dispatcher.run()
    assert (await messages(shop), world.crm.received) == ([], [])


async def test_a_failed_delivery_is_tried_again_when_due(shop, world, bought, dispatcher, moved):
    world.crm.failures = ["status 503"]
    await dispatcher.run()
    [message] = await messages(shop)
    assert (message.state, message.last_error) == (MessageState.PENDING, "status 503")
    await make_due(shop, after=timedelta(hours=1))  # its own pause may be over on a slow machine
    await dispatcher.run()
    assert world.crm.received == []
    await make_due(shop)
    await dispatcher.run()
    assert len(world.crm.received) == 1
    assert moved("webstore.outbox.deliveries") == {
        labels(kind="order", outcome="failed"): 1,
        labels(kind="order", outcome="delivered"): 1,
    }


@pytest.mark.parametrize(
    ("attempts", "pause"), [(1, 1), (2, 2), (3, 4), (8, 128), (12, 2048), (13, 3600), (outbox.MAX_ATTEMPTS - 1, 3600)]
)
async def test_pauses_double_up_to_an_hour(attempts, pause, shop, bought):
    def fail(session):
        message = session.scalars(select(OutboxMessage)).one()
        message.attempts = attempts
        start = now()
        state = outbox.postpone(session, message.id, "status 503")
        return state, message.due_at - start

    state, waited = await shop.database.run(fail)
    assert state is MessageState.PENDING
    assert timedelta(seconds=pause) <= waited < timedelta(seconds=pause + 1)


async def test_what_can_not_be_delivered_is_laid_aside_with_the_reason(shop, world, bought, dispatcher, moved):
    world.crm.failures = ["status 404"] * (outbox.MAX_ATTEMPTS + 1)
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        await make_due(shop)
        await dispatcher.run()
    [message] = await messages(shop)
    assert (message.state, message.attempts, message.last_error) == (
        MessageState.DEAD,
        outbox.MAX_ATTEMPTS,
        "status 404",
    )
    assert moved("webstore.outbox.deliveries")[labels(kind="order", outcome="dead")] == 1
    assert world.crm.failures == ["status 404"]


async def test_a_message_that_can_not_even_be_sent_is_laid_aside_too(shop, bought, moved):
    """The real client; the message lacks what it is made of."""

    def spoil(session):
        session.scalars(select(OutboxMessage)).one().payload = {"order_id": bought.reference}

    await shop.database.run(spoil)
    dispatcher = Dispatcher(shop.database, {MessageKind.ORDER: Crm("http://127.0.0.1:9").record_order})
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        await make_due(shop)
        await dispatcher.run()
    [message] = await messages(shop)
    assert (message.state, message.last_error) == (MessageState.DEAD, "KeyError")
    assert moved("webstore.outbox.deliveries") == {
        labels(kind="order", outcome="failed"): outbox.MAX_ATTEMPTS - 1,
        labels(kind="order", outcome="dead"): 1,
    }


async def test_a_dispatcher_that_dies_is_replaced_after_its_lease(shop, bought):
    [claimed] = await shop.database.run(outbox.claim, 10)
    assert claimed.due_at - now() <= outbox.LEASE
    assert await shop.database.run(outbox.claim, 10) == []
    await make_due(shop)
    [claimed_again] = await shop.database.run(outbox.claim, 10)
    assert (claimed_again.id, claimed_again.attempts) == (claimed.id, 2)


async def test_a_confirmed_order_wakes_the_dispatcher(settings, world):
    """Its interval is a minute here; the CRM hears at once."""
    shop = Shop(settings.model_copy(update={"outbox_interval": 60}))
    async with shop.open(), client_of(shop, DEMO_TOKEN) as buyer:
        await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})
        await buyer.post("/checkout", json={})
        await event_on_loop(world.crm.told, "the CRM has the order")


async def test_a_loop_goes_on_after_a_failure_and_stops():
    turns = []

    async def work():
        turns.append(len(turns))
        if len(turns) == 1:
            raise RuntimeError("the first turn fails")
        if len(turns) == 3:
            done.set()

    done = asyncio.Event()
    loop = Loop("test", 0.001, work)
    loop.start()
    await event_on_loop(done, "the loop's third turn")
    assert "test" in {task.get_name() for task in asyncio.all_tasks()}
    await loop.stop()
    assert "test" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_backlog_is_delivered_in_one_run_without_waiting_for_connections(shop, buyer, world, books, dispatcher):
    for _ in range(25):
        await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})
        await buyer.post("/checkout", json={})
    await dispatcher.run()
    assert len(world.crm.received) == 25
    assert {found.attempts for found in await messages(shop)} == {1}
    assert world.crm.most_at_once <= CONNECTIONS
