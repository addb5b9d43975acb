"""Payments, warehouses, promotions and CRM that do what a test tells them; told nothing, all goes well.

Each keeps to the rules of the real one: a charge happens once a key, a voided key is never charged again, and a line
that was released is not reserved again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from webstore.domain.audit import Transaction
from webstore.domain.fulfilment import Reservation, SoldOut, Unanswered
from webstore.domain.outbox import DeliveryFailed
from webstore.domain.payment import Outcome, Payment, PaymentUnknown
from webstore.domain.promotion import Coupon, Discount, NoDiscount, Purchase, Redemption
from webstore.models import DiscountOutcome, Order, OrderLine

from tests.support.polling import TIMEOUT, event_on_loop


@dataclass(frozen=True)
class Step:
    """How one call goes: what is answered instead of the usual, and which of the two ways loses its message."""

    answer: Payment | None = None
    request_lost: bool = False
    #: The request is still on its way when the caller gives up.
    request_late: bool = False
    answer_lost: bool = False


STATUS_OF = {Outcome.CHARGED: "success", Outcome.DECLINED: "declined", Outcome.VOIDED: "voided"}

DECLINE = Step(Payment(Outcome.DECLINED, reason="Invalid payment details"))
DECLINE_UNHEARD = Step(DECLINE.answer, answer_lost=True)
LOST = Step(request_lost=True)
LATE = Step(request_late=True)
UNHEARD = Step(answer_lost=True)


class _Client:
    async def close(self) -> None:
        pass


@dataclass
class ScriptedPayments(_Client):
    #: The next calls, by operation: charge, find, void.
    steps: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    calls: list[str] = field(default_factory=list)
    #: While cleared, charges wait.
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    _arrivals: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    _results: dict[str, Payment] = field(default_factory=dict)
    _cents: dict[str, int] = field(default_factory=dict)
    _on_their_way: list[Callable[[], Payment]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.may_answer.set()

    @property
    def charged(self) -> dict[str, int]:
        """Cents by order reference, without what was refunded."""
        return {found.key: found.cents or 0 for found in self.transactions if found.status == "success"}

    @property
    def transactions(self) -> list[Transaction]:
        """What was done under each key, as the real ones report it."""
        return [
            Transaction(key, STATUS_OF[result.outcome], self._cents.get(key), result.transaction_id)
            for key, result in self._results.items()
        ]

    async def wait_for_calls(self, number: int = 1) -> None:
        async with asyncio.timeout(TIMEOUT):
            for _ in range(number):
                await self._arrivals.acquire()

    def let_late_requests_arrive(self) -> None:
        while self._on_their_way:
            self._on_their_way.pop(0)()

    async def charge(self, order: Order) -> Payment:
        return await self._call("charge", order, self._charge)

    async def find(self, order: Order) -> Payment:
        return await self._call("find", order, self._find)

    async def void(self, order: Order) -> Payment:
        return await self._call("void", order, self._void)

    async def _call(self, operation: str, order: Order, act: Callable[[Order, Payment | None], Payment]) -> Payment:
        self.calls.append(operation)
        self._arrivals.release()
        step = self.steps[operation].pop(0) if self.steps[operation] else Step()
        await event_on_loop(self.may_answer, "the test lets payments respond")
        await asyncio.sleep(0)  # others get a turn, as in a real call
        if step.request_late:
            self._on_their_way.append(partial(act, order, step.answer))
        if step.request_lost or step.request_late:
            raise PaymentUnknown("ReadTimeout")
        result = act(order, step.answer)
        if step.answer_lost:
            raise PaymentUnknown("ReadTimeout")
        return result

    def _charge(self, order: Order, answer: Payment | None) -> Payment:
        if answer and answer is not DECLINE.answer:
            return answer
        self._cents[order.reference] = order.total_cents
        return self._results.setdefault(order.reference, answer or Payment(Outcome.CHARGED, f"TXN-{order.id}"))

    def _find(self, order: Order, answer: Payment | None) -> Payment:
        return answer or self._results.get(order.reference, Payment(Outcome.NOT_CHARGED))

    def _void(self, order: Order, answer: Payment | None) -> Payment:
        self._results[order.reference] = Payment(Outcome.VOIDED)
        return self._results[order.reference]


@dataclass
class ScriptedInventory(_Client):
    #: The next answers by product.
    answers: dict[int, list[Reservation | SoldOut | Unanswered]] = field(default_factory=lambda: defaultdict(list))
    failing_releases: int = 0
    #: Order references and products.
    reserved: set[tuple[str, int]] = field(default_factory=set)
    released: set[tuple[str, int]] = field(default_factory=set)

    async def reserve(self, order: Order, line: OrderLine) -> Reservation | SoldOut | Unanswered:
        key = (order.reference, line.product_id)
        if key in self.released:
            return SoldOut()
        script = self.answers[line.product_id]
        answer = script.pop(0) if script else Reservation(f"RES-{order.id}-{line.product_id}", fulfillment_days=2)
        if isinstance(answer, Reservation):
            self.reserved.add(key)
        return answer

    async def release(self, order: Order, line: OrderLine) -> bool:
        if self.failing_releases:
            self.failing_releases -= 1
            return False
        self.reserved.discard((order.reference, line.product_id))
        self.released.add((order.reference, line.product_id))
        return True


@dataclass
class ScriptedPromotions(_Client):
    answer: Discount | None = None
    #: Why there is no discount, without an answer.
    absence: DiscountOutcome = DiscountOutcome.NONE
    #: Cents by code. A code that is not there is refused; without a table there is nobody to ask.
    coupon_cents: dict[str, int] | None = field(default_factory=dict)
    #: Why the next redemptions fail.
    failures: list[DeliveryFailed] = field(default_factory=list)
    redeemed: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Purchase] = field(default_factory=list)

    @property
    def redemptions(self) -> list[Redemption]:
        """What was redeemed, as the real one reports it."""
        return [Redemption(message["order_id"], message["coupon_code"]) for message in self.redeemed]

    async def discount(self, purchase: Purchase) -> Discount | NoDiscount:
        self.asked.append(purchase)
        return self.answer or NoDiscount(self.absence, f"promotions: {self.absence}")

    async def coupon(self, purchase: Purchase, code: str) -> Discount | NoDiscount:
        if self.coupon_cents is None:
            return NoDiscount(DiscountOutcome.UNAVAILABLE, "Your coupon can't be checked at the moment.")
        if code not in self.coupon_cents:
            return NoDiscount(DiscountOutcome.INVALID, "Invalid coupon code")
        return Discount(self.coupon_cents[code], coupon_code=code)

    async def redeem(self, message: dict[str, Any]) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.redeemed.append(message)

    async def coupons(self) -> list[Coupon]:
        return []


@dataclass
class ScriptedCrm(_Client):
    failures: list[str] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most_at_once: int = 0

    async def record_order(self, order: dict[str, Any]) -> None:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if self.failures:
            raise DeliveryFailed(self.failures.pop(0))
        self.received.append(order)
        self.told.set()


@dataclass
class World:
    payments: ScriptedPayments = field(default_factory=ScriptedPayments)
    inventory: ScriptedInventory = field(default_factory=ScriptedInventory)
    promotions: ScriptedPromotions = field(default_factory=ScriptedPromotions)
    crm: ScriptedCrm = field(default_factory=ScriptedCrm)
