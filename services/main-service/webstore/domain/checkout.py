"""Checkout: the cart becomes a paid order, or nothing has happened.

The steps are the order's states (domain/orders.py), each committed before the next call to another service. No database
connection is held during a call. A crash leaves an order half-way, and the sweeper goes on from there with the
same functions.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NoReturn

from webstore.database import Database
from webstore.domain import discounts, orders, report
from webstore.domain.errors import (
    CheckoutError,
    CheckoutFailed,
    CheckoutPending,
    CouponNotValid,
    CouponUnavailable,
    OrderCancelled,
    PaymentDeclined,
)
from webstore.domain.fulfilment import Reservation, SoldOut, Unanswered
from webstore.domain.orders import CheckoutRequest
from webstore.domain.payment import Outcome, Payment, PaymentUnknown
from webstore.domain.ports import Inventory, Payments, Promotions
from webstore.domain.promotion import NoDiscount, Purchase
from webstore.models import DiscountOutcome, Fulfilment, Order, OrderStatus

#: A function of domain/orders.py, called with a session, the order's id and what the step needs.
Step = Callable[..., Order | None]

# A second request with the same key waits for the first one's outcome. Several slow dependencies can make that take
# longer: the order is then reported as pending.
TWIN_POLL = 0.1  # seconds
TWIN_PATIENCE = 20.0  # seconds


class Checkout:
    def __init__(
        self,
        database: Database,
        payments: Payments,
        inventory: Inventory,
        promotions: Promotions,
        on_confirmed: Callable[[Order], Awaitable[None]],
    ):
        """`on_confirmed` is called once for each order that is confirmed, whoever confirms it."""
        self._database = database
        self._payments = payments
        self._inventory = inventory
        self._promotions = promotions
        self._on_confirmed = on_confirmed

    async def place(self, request: CheckoutRequest) -> Order:
        """The confirmed order.

        Raises CartEmpty, SoldOut, KeyReused, and the kinds of CheckoutError.
        """
        order, is_new = await self._database.run(orders.place, request)
        order = await self._carry_out(order, request.coupon_code) if is_new else await self._outcome_of_twin(order)
        return _confirmed(order)

    async def settle(self, order: Order) -> Order:
        """Take an order on from whatever state it was left in. Raises CheckoutPending when that is not possible yet."""
        if order.status is OrderStatus.PENDING:
            order = await self._resolve(order)
        if order.status is OrderStatus.AUTHORISED:
            return await self._fulfil(order)
        if order.status is OrderStatus.CANCELLING:
            return await self._take_back(order)
        if order.fulfilment is Fulfilment.DELAYED:
            return await self._reserve_late(order)
        return order

    async def _carry_out(self, order: Order, coupon_code: str | None) -> Order:
        """Raises CouponNotValid, CouponUnavailable."""
        assessment = await discounts.assess(self._promotions, Purchase.of(order), coupon_code)
        report.promotion(order, assessment.tier_outcome)
        if isinstance(assessment.coupon, NoDiscount):
            await self._reject_coupon(order, assessment.coupon)
        discount = assessment.discount
        if discount and discount is assessment.coupon:
            report.coupon(order, DiscountOutcome.APPLIED)
        if assessment.outcome is not DiscountOutcome.NONE:  # which an order has from the start
            order = await self._step(order, orders.apply_discount, discount, assessment.outcome)
        order = await self._pay(order)
        return await self._fulfil(order) if order.status is OrderStatus.AUTHORISED else order

    async def _reject_coupon(self, order: Order, coupon: NoDiscount) -> NoReturn:
        """A buyer with a coupon is not charged the full price instead. Raises CouponNotValid, CouponUnavailable."""
        if coupon.outcome is DiscountOutcome.UNAVAILABLE:
            await self._end(order, orders.fail, "coupon_unavailable")
            report.coupon(order, DiscountOutcome.UNAVAILABLE)
            raise CouponUnavailable(coupon.reason, order.id)
        await self._end(order, orders.fail, "coupon_not_valid")
        report.coupon(order, DiscountOutcome.INVALID)
        raise CouponNotValid(coupon.reason, order.id)

    async def _outcome_of_twin(self, order: Order) -> Order:
        for _ in range(int(TWIN_PATIENCE / TWIN_POLL)):
            if order.status in orders.ENDED:
                break
            await asyncio.sleep(TWIN_POLL)
            order = await self._reload(order)
        return order

    async def _pay(self, order: Order) -> Order:
        try:
            payment = await self._payments.charge(order)
        except PaymentUnknown as unknown:
            report.payment_unknown(order, unknown)
            return await self._resolve(order)
        return await self._record(order, payment)

    async def _resolve(self, order: Order) -> Order:
        """Find out what became of a charge; if nothing did, make sure that nothing will."""
        try:
            payment = await self._payments.find(order)
            if payment.outcome is Outcome.NOT_CHARGED:
                payment = await self._payments.void(order)
        except PaymentUnknown as unknown:
            raise CheckoutPending("It is not known yet whether your card was charged.", order.id) from unknown
        return await self._record(order, payment)

    async def _record(self, order: Order, payment: Payment) -> Order:
        match payment.outcome:
            case Outcome.CHARGED:
                return await self._step(order, orders.authorise, payment.transaction_id)
            case Outcome.DECLINED:
                return await self._end(order, orders.decline, payment.reason or "declined")
            case _:
                return await self._end(order, orders.fail, payment.reason or "payment_unavailable")

    async def _fulfil(self, order: Order) -> Order:
        answers = await self._reserve(order)
        if any(isinstance(answer, SoldOut) for answer in answers):
            return await self._cancel(order)
        return await self._end(order, orders.confirm, [_reservation(answer) for answer in answers])

    async def _reserve_late(self, order: Order) -> Order:
        answers = await self._reserve(order)
        if any(isinstance(answer, SoldOut) for answer in answers):
            return await self._cancel(order)
        return await self._step(order, orders.reserve_late, [_reservation(answer) for answer in answers])

    async def _reserve(self, order: Order) -> Sequence[Reservation | SoldOut | Unanswered]:
        answers = await asyncio.gather(*(self._inventory.reserve(order, line) for line in order.lines))
        for line, answer in zip(order.lines, answers, strict=True):
            if not isinstance(answer, Reservation):
                report.not_reserved(order, line)
        return answers

    async def _cancel(self, order: Order) -> Order:
        order = await self._step(order, orders.give_up, "out_of_stock")
        return await self._take_back(order) if order.status is OrderStatus.CANCELLING else order

    async def _take_back(self, order: Order) -> Order:
        """Refund and release. What does not work now leaves the order as it is, for the sweeper to try again."""
        try:
            await self._payments.void(order)
        except PaymentUnknown as unknown:
            raise CheckoutPending("Your order is sold out and its charge is being taken back.", order.id) from unknown
        if not all(await asyncio.gather(*(self._inventory.release(order, line) for line in order.lines))):
            raise CheckoutPending("Your order is sold out and is being cancelled.", order.id)
        return await self._end(order, orders.cancel)

    async def _step(self, order: Order, step: Step, *args: Any) -> Order:
        """Make a step of the state machine, or see where somebody else has taken the order."""
        moved: Order | None = await self._database.run(step, order.id, *args)
        return moved if moved else await self._reload(order)

    async def _end(self, order: Order, step: Step, *args: Any) -> Order:
        """A step that ends the checkout; whoever makes it reports it, so that it is counted once."""
        moved: Order | None = await self._database.run(step, order.id, *args)
        if not moved:
            return await self._reload(order)
        report.ended(moved)
        if moved.status is OrderStatus.CONFIRMED:
            await self._on_confirmed(moved)
        return moved

    async def _reload(self, order: Order) -> Order:
        return await self._database.run(orders.get, order.id)


def _reservation(answer: Reservation | SoldOut | Unanswered) -> Reservation | None:
    return answer if isinstance(answer, Reservation) else None


def _confirmed(order: Order) -> Order:
    """The order if it is confirmed; else what the client must know. Raises the kinds of CheckoutError."""
    match order.status:
        case OrderStatus.CONFIRMED:
            return order
        case OrderStatus.DECLINED:
            raise PaymentDeclined("Your card was declined. Nothing was charged.", order.id)
        case OrderStatus.FAILED:
            raise _failure(order)
        case OrderStatus.CANCELLED:
            raise OrderCancelled("The goods are sold out. The charge was taken back.", order.id)
        case _:
            raise CheckoutPending("The order is still being worked on.", order.id)


def _failure(order: Order) -> CheckoutError:
    match order.status_reason:
        case "coupon_not_valid":
            return CouponNotValid("The coupon is not valid for this order.", order.id)
        case "coupon_unavailable":
            return CouponUnavailable("Your coupon can't be checked at the moment.", order.id)
        case _:
            return CheckoutFailed("Payment is not possible at the moment. Nothing was charged.", order.id)
