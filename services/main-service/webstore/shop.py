"""The parts of the shop, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter

from webstore.activity import Activity, Stage
from webstore.background import Dispatcher, Loop, Pruner, Sweeper
from webstore.clients import inventory, memory, payments, promotions
from webstore.clients.crm import Crm
from webstore.clients.http import LEEWAY
from webstore.clients.inventory import Inventory
from webstore.clients.payments import Payments
from webstore.clients.promotions import Promotions
from webstore.clients.windows import Windows, storage
from webstore.config import Settings
from webstore.database import Database
from webstore.domain.checkout import Checkout
from webstore.gauges import Gauges, watch_event_loop
from webstore.identity import Identity
from webstore.models import MessageKind, Order
from webstore.rate_limits import RateLimits
from webstore.suspicious_activity import SuspiciousActivity
from webstore.trusted_proxies import RESOLVE_INTERVAL, TrustedProxies

# Each check takes a core and 19 MiB for tens of milliseconds: a flood of logins queues instead of taking the machine.
PASSWORD_CHECKS_AT_ONCE = 4

# At least twice for each export of metrics, so that what is exported is fresh.
GAUGES_INTERVAL = 5.0  # seconds

# What is pruned has expired anyway; an hour's more of it is nothing beside a day's.
PRUNE_INTERVAL = 3600.0  # seconds

# Every call takes as long as its client lets it: the discount; the charge, the request that finds out what became of
# it, and its void; the reservation, which finds one item sold out, and the release of the others. See docs/adr/0007.
LONGEST_CHECKOUT = (  # seconds
    (promotions.TIMEOUT + LEEWAY) + 3 * (payments.TIMEOUT + LEEWAY) + 2 * (inventory.TIMEOUT + LEEWAY)
)


class Shop:
    def __init__(self, settings: Settings):
        self.database = Database(settings.database_url, settings.database_pool_size)
        self.redis = memory.connect(settings.redis_url, settings.redis_timeout)
        self.identity = Identity(settings.users_by_demo_token, memory.Sessions(self.redis, settings.session_lifetime))
        windows = Windows(storage(settings.redis_url, self.redis))
        self.rate_limits = RateLimits(windows, settings.rate_limit_ip, settings.rate_limit_user)
        self.suspicious_activity = SuspiciousActivity(windows)
        self.trusted_proxies = TrustedProxies(settings.trusted_proxies)
        self._resolve = Loop("trusted proxies", RESOLVE_INTERVAL, self.trusted_proxies.resolve)
        self.password_checks = CapacityLimiter(PASSWORD_CHECKS_AT_ONCE)
        customers = memory.Customers(self.redis)
        self.activity = Activity(customers)
        self.promotions = Promotions(settings.promotions_service_url)
        self._payments = Payments(settings.payments_service_url)
        self._inventory = Inventory(settings.inventory_system_url)
        self._crm = Crm(settings.crm_system_url)
        receivers = {MessageKind.ORDER: self._crm.record_order, MessageKind.COUPON: self.promotions.redeem}
        dispatcher = Dispatcher(self.database, receivers)
        self._dispatch = Loop("outbox dispatcher", settings.outbox_interval, dispatcher.run)
        self.checkout = Checkout(self.database, self._payments, self._inventory, self.promotions, self._on_confirmed)
        sweeper = Sweeper(self.database, self.checkout, settings.sweep_after)
        self._sweep = Loop("sweeper", settings.sweep_interval, sweeper.run)
        self._prune = Loop("pruner", PRUNE_INTERVAL, Pruner(self.database).run)
        threads = {"database": self.database.threads, "passwords": self.password_checks}
        gauges = Gauges(self.database, customers, self.redis, threads, settings.sweep_after)
        self._measure = Loop("gauges", GAUGES_INTERVAL, gauges.run)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Run the background loops; at the end, stop them and close every connection."""
        loops = (self._resolve, self._dispatch, self._sweep, self._prune, self._measure)
        for loop in loops:
            loop.start()
        lag = asyncio.create_task(watch_event_loop(), name="event loop lag")
        try:
            yield
        finally:
            lag.cancel()
            for loop in reversed(loops):
                await loop.stop()
            for client in (self._payments, self._inventory, self._crm, self.promotions):
                await client.close()
            await self.redis.aclose()
            self.database.close()

    async def _on_confirmed(self, order: Order) -> None:
        self._dispatch.wake()
        await self.activity.note(Stage.CHECKOUT_COMPLETE, order.country, order.user_id, order.total_cents)
