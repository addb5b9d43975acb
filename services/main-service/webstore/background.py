"""What runs beside the requests: the outbox's dispatcher, the sweeper of orders left unsettled, and the pruner."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from opentelemetry.instrumentation.utils import suppress_instrumentation
from sqlalchemy.exc import OperationalError

from webstore.clients.crm import CONNECTIONS
from webstore.database import Database
from webstore.domain import cart_merge, orders, outbox
from webstore.domain.checkout import Checkout
from webstore.domain.errors import CheckoutPending
from webstore.domain.outbox import DeliveryFailed, DeliveryRefused
from webstore.models import MessageKind, Order, OutboxMessage
from webstore.telemetry import metrics
from webstore.telemetry.spans import continued, tracer

log = logging.getLogger(__name__)

# Orders looked at in one go; the rest has its turn a few seconds later.
SWEPT_AT_ONCE = 50

#: Takes a message's payload. Raises DeliveryFailed.
Receiver = Callable[[dict[str, Any]], Awaitable[None]]
SPAN_OF = {MessageKind.ORDER: "deliver order to CRM", MessageKind.COUPON: "redeem coupon"}

#: The loops look for work every few seconds and mostly find none: no spans of that.
untraced = suppress_instrumentation


class Loop:
    """Does its work every `interval` seconds, or at once when woken, until stopped. A failure is not its end."""

    def __init__(self, name: str, interval: float, work: Callable[[], Awaitable[None]]):
        self._name = name
        self._interval = interval
        self._work = work
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self._name)

    def wake(self) -> None:
        self._wake.set()

    async def stop(self) -> None:
        """What it has in hand is taken up after the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._work()
            except OperationalError:  # said by every request too: no stack trace each second
                log.warning("%s waits for the database", self._name, extra={"event.name": "background.waiting"})
            except Exception:
                log.exception("%s failed and goes on", self._name, extra={"event.name": "background.failed"})
            await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._interval)


class Dispatcher:
    """Delivers the outbox, each message in the trace of the purchase that it tells of."""

    def __init__(self, database: Database, receivers: Mapping[MessageKind, Receiver]):
        self._database = database
        self._receivers = receivers

    async def run(self) -> None:
        while messages := await self._claim():
            await asyncio.gather(*(self._deliver(message) for message in messages))

    async def _claim(self) -> Sequence[OutboxMessage]:
        """As many as can be sent at once: a message that waits for a connection would use an attempt up."""
        with untraced():
            return await self._database.run(outbox.claim, CONNECTIONS)

    async def _deliver(self, message: OutboxMessage) -> None:
        with continued(SPAN_OF[message.kind], message.trace_context):
            labels = {"kind": str(message.kind)}
            extra = {"event.name": "outbox.delivered", "outbox.kind": message.kind, "outbox.attempts": message.attempts}
            failure = await self._tell(message)
            if failure:
                is_final = isinstance(failure, DeliveryRefused)
                state = await self._database.run(outbox.postpone, message.id, str(failure), is_final=is_final)
                metrics.outbox_deliveries.add(1, {**labels, "outcome": "dead" if state == "dead" else "failed"})
                extra |= {"event.name": "outbox.failed", "error.type": str(failure), "outbox.state": state}
                log.warning("A message was not delivered", extra=extra)
                return
            await self._database.run(outbox.delivered, message.id)
            metrics.outbox_deliveries.add(1, {**labels, "outcome": "delivered"})
            log.info("A message was delivered", extra=extra)

    async def _tell(self, message: OutboxMessage) -> DeliveryFailed | None:
        """Why the message was not taken, if it was not."""
        try:
            await self._receivers[message.kind](message.payload)
        except DeliveryFailed as failure:
            return failure
        except Exception as error:  # a message that can't even be sent must not come round for ever
            log.exception("A message can't be sent", extra={"event.name": "outbox.crashed"})
            return DeliveryFailed(type(error).__name__)
        return None


class Sweeper:
    """Finishes orders that a crash or a fault left half-way."""

    def __init__(self, database: Database, checkout: Checkout, sweep_after: float):
        self._database = database
        self._checkout = checkout
        self._sweep_after = timedelta(seconds=sweep_after)

    async def run(self) -> None:
        with untraced():
            left = await self._database.run(orders.half_way, self._sweep_after, SWEPT_AT_ONCE)
        for order in left:
            await self._sweep(order)

    async def _sweep(self, order: Order) -> None:
        with tracer.start_as_current_span("sweep order", attributes={"order.id": order.id}):
            extra = {"event.name": "order.swept", "order.id": order.id}
            try:
                order = await self._checkout.settle(order)
            except CheckoutPending as pending:
                log.warning("Order can't be settled yet: %s", pending, extra=extra)
                await self._database.run(orders.looked_at, order.id)
            except Exception:  # an order that nobody can work on must not keep the others waiting
                log.exception("Order can't be settled", extra=extra)
                await self._database.run(orders.looked_at, order.id)
            else:
                metrics.swept.add(1, {"status": order.status})
                log.info("Order left half-way is %s", order.status, extra=extra)


class Pruner:
    """Deletes what is kept for a limited time."""

    def __init__(self, database: Database):
        self._database = database

    async def run(self) -> None:
        with untraced():
            await self._database.run(cart_merge.prune)
