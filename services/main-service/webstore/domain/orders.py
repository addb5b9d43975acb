"""The order's state machine: each function is one step, to be run in one transaction.

A step gives the order in its new state, or None when the order is not in the state that the step starts from. That
happens when two work on one order, say a slow request and the sweeper; one of them makes the step, and the other sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.orm import Session

from webstore.domain import cart, countries, idempotency, outbox
from webstore.domain.errors import CartEmpty, NotFound, SoldOut
from webstore.domain.fulfilment import Reservation
from webstore.domain.promotion import Discount
from webstore.models import CartItem, DiscountOutcome, Fulfilment, Order, OrderLine, OrderStatus, Product, now
from webstore.telemetry.spans import current_trace_id

UNSETTLED = (OrderStatus.PENDING, OrderStatus.AUTHORISED, OrderStatus.CANCELLING)
#: The order's pieces are out of stock: it has them, or it may still get them.
HOLDS_STOCK = (*UNSETTLED, OrderStatus.CONFIRMED)
ENDED = (OrderStatus.CONFIRMED, OrderStatus.DECLINED, OrderStatus.FAILED, OrderStatus.CANCELLED)


@dataclass(frozen=True)
class CheckoutRequest:
    """`fingerprint` stands for what the client sent; one key with two fingerprints is a client's mistake."""

    user_id: str
    payment_method: str
    country: str | None
    idempotency_key: str | None
    fingerprint: str
    coupon_code: str | None = None


def place(session: Session, request: CheckoutRequest) -> tuple[Order, bool]:
    """Turn the cart into a pending order, taking its stock, and say whether the order is new.

    Raises CartEmpty, SoldOut, KeyReused.
    """
    user_cart = cart.lock(session, request.user_id)
    earlier = _with_key(session, request)
    if earlier:
        return earlier, False
    items = cart.items(session, request.user_id)
    if not user_cart or not items:
        raise CartEmpty("The cart is empty.")
    # In one order for everybody, so that two checkouts never wait for each other's products in a circle.
    for item in sorted(items, key=lambda item: item.product_id):
        _take_stock(session, item)
    order = _new_order(request, request.country or user_cart.country, items)
    session.add(order)
    for item in items:
        session.delete(item)
    session.flush()
    return order, True


def apply_discount(
    session: Session, order_id: int, discount: Discount | None, outcome: DiscountOutcome
) -> Order | None:
    """`outcome` is kept also without a discount, so that a request with the same key gets the same response."""
    order = _in_state(session, order_id, OrderStatus.PENDING)
    if order:
        order.discount_outcome = outcome
        if discount:
            order.discount_cents = discount.cents_off(order.subtotal_cents)
            order.promotion_code = discount.promotion_code
            order.coupon_code = discount.coupon_code
    return order


def authorise(session: Session, order_id: int, transaction_id: str | None) -> Order | None:
    """The card is charged."""
    order = _in_state(session, order_id, OrderStatus.PENDING)
    if order:
        order.status = OrderStatus.AUTHORISED
        order.payment_transaction_id = transaction_id
    return order


def decline(session: Session, order_id: int, reason: str | None) -> Order | None:
    """The card was declined: stock and cart are as before."""
    order = _in_state(session, order_id, OrderStatus.PENDING)
    if order:
        _undo(session, order)
        order.status = OrderStatus.DECLINED
        order.status_reason = reason
    return order


def fail(session: Session, order_id: int, reason: str | None) -> Order | None:
    """Nothing is charged, and not for the buyer's card: stock and cart are as before, and the key may try again."""
    order = _in_state(session, order_id, OrderStatus.PENDING)
    if order:
        _undo(session, order)
        order.status = OrderStatus.FAILED
        order.status_reason = reason
        _give_up_key(order)
    return order


def confirm(session: Session, order_id: int, reservations: Sequence[Reservation | None]) -> Order | None:
    """The order stands. `reservations` go with its lines; where one is None the goods follow later."""
    order = _in_state(session, order_id, OrderStatus.AUTHORISED)
    if order:
        order.status = OrderStatus.CONFIRMED
        _reserve(order, reservations)
        outbox.add(session, order)
    return order


def reserve_late(session: Session, order_id: int, reservations: Sequence[Reservation | None]) -> Order | None:
    """What a delayed order still lacked. Also without news it counts as looked at, so its next turn is later."""
    order = _in_state(session, order_id, OrderStatus.CONFIRMED)
    if order:
        looked_at(session, order_id)
        _reserve(order, reservations)
    return order


def give_up(session: Session, order_id: int, reason: str) -> Order | None:
    """The order can't be fulfilled. Stored before the charge is taken back, so that no later turn confirms it."""
    order = _in_state(session, order_id, OrderStatus.AUTHORISED, OrderStatus.CONFIRMED)
    if order is None or order.fulfilment is Fulfilment.RESERVED:
        return None
    order.status = OrderStatus.CANCELLING
    order.status_reason = reason
    order.fulfilment = None
    return order


def cancel(session: Session, order_id: int) -> Order | None:
    """The charge was taken back: stock is as before, the cart stays empty."""
    order = _in_state(session, order_id, OrderStatus.CANCELLING)
    if order:
        _give_back_stock(session, order)
        order.status = OrderStatus.CANCELLED
    return order


def looked_at(session: Session, order_id: int) -> None:
    """Nothing could be done for the order now: the others of `half_way` have their turn before it has another."""
    session.get_one(Order, order_id).updated_at = now()


def get(session: Session, order_id: int, user_id: str | None = None) -> Order:
    """Raises NotFound, also for an order of another user when one is named."""
    order = session.get(Order, order_id)
    if order is None or user_id not in (None, order.user_id):
        raise NotFound(f"You have no order {order_id}.")
    return order


def of_user(session: Session, user_id: str, limit: int, before: int | None) -> list[Order]:
    """The newest first; `before` is the id of the last order of the page before."""
    page = select(Order).where(Order.user_id == user_id).order_by(Order.id.desc()).limit(limit)
    return list(session.scalars(page.where(Order.id < before) if before else page))


def half_way(session: Session, older_than: timedelta, limit: int) -> list[Order]:
    """Orders that nobody has moved for some time: left by a crash, or waiting for their goods."""
    unfinished = Order.status.in_(UNSETTLED)
    delayed = and_(Order.status == OrderStatus.CONFIRMED, Order.fulfilment == Fulfilment.DELAYED)
    stale = select(Order).where(or_(unfinished, delayed), Order.updated_at < now() - older_than)
    return list(session.scalars(stale.order_by(Order.updated_at).limit(limit)))


def count_unsettled(session: Session, older_than: timedelta) -> dict[OrderStatus, int]:
    """Orders that the sweeper should have settled, also the states without any."""
    stale = select(Order.status, func.count()).where(Order.updated_at < now() - older_than).group_by(Order.status)
    found = session.execute(stale.where(Order.status.in_(UNSETTLED))).tuples()
    return dict.fromkeys(UNSETTLED, 0) | dict(found.all())


def _with_key(session: Session, request: CheckoutRequest) -> Order | None:
    if not request.idempotency_key:
        return None
    order = session.scalar(
        select(Order).where(Order.user_id == request.user_id, Order.idempotency_key == request.idempotency_key)
    )
    if order and _has_expired(order):
        _give_up_key(order)
        session.flush()  # before the new order comes with the same key
        return None
    if order:
        idempotency.check_is_repeat(order.request_fingerprint, request.fingerprint)
    return order


def _has_expired(order: Order) -> bool:
    """An order that is not settled yet keeps its key: a second one beside it could be one too many."""
    expires_at = order.idempotency_key_expires_at
    return order.status in ENDED and expires_at is not None and expires_at <= now()


def _give_up_key(order: Order) -> None:
    order.idempotency_key = None
    order.idempotency_key_expires_at = None


def _new_order(request: CheckoutRequest, country: str, items: Sequence[CartItem]) -> Order:
    created_at = now()
    return Order(
        created_at=created_at,
        user_id=request.user_id,
        country=country or countries.DEFAULT,
        payment_method=request.payment_method,
        idempotency_key=request.idempotency_key,
        idempotency_key_expires_at=created_at + idempotency.KEY_LIFETIME if request.idempotency_key else None,
        request_fingerprint=request.fingerprint,
        trace_id=current_trace_id(),
        subtotal_cents=cart.subtotal_cents(items),
        lines=[
            OrderLine(
                product_id=item.product_id,
                product_name=item.product.name,
                quantity=item.quantity,
                unit_price_cents=item.product.price_cents,
            )
            for item in items
        ],
    )


def _take_stock(session: Session, item: CartItem) -> None:
    taken = update(Product).where(Product.id == item.product_id, Product.stock >= item.quantity)
    result = session.execute(taken.values(stock=Product.stock - item.quantity))
    assert isinstance(result, CursorResult)
    if result.rowcount == 0:
        raise SoldOut(f"There are fewer than {item.quantity} pieces of {item.product.name}.")


def _undo(session: Session, order: Order) -> None:
    cart.lock(session, order.user_id)
    _give_back_stock(session, order)
    for line in order.lines:
        cart.add_up_to_limit(session, order.user_id, line.product_id, line.quantity)


def _give_back_stock(session: Session, order: Order) -> None:
    for line in sorted(order.lines, key=lambda line: line.product_id):  # in the order in which it was taken
        given_back = update(Product).where(Product.id == line.product_id)
        session.execute(given_back.values(stock=Product.stock + line.quantity))


def _reserve(order: Order, reservations: Sequence[Reservation | None]) -> None:
    for line, reservation in zip(order.lines, reservations, strict=True):
        if reservation:
            line.reservation_id = reservation.id
            line.fulfillment_days = reservation.fulfillment_days
    complete = all(line.reservation_id for line in order.lines)
    order.fulfilment = Fulfilment.RESERVED if complete else Fulfilment.DELAYED


def _in_state(session: Session, order_id: int, *states: OrderStatus) -> Order | None:
    order = session.get(Order, order_id, with_for_update=True)
    return order if order and order.status in states else None
