"""Messages for other services, written in the transaction that makes them true and delivered at least once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webstore.domain.money import to_amount
from webstore.models import MessageKind, MessageState, Order, OutboxMessage, now
from webstore.telemetry.spans import carrier

# Longer than any delivery takes. When a dispatcher dies with messages in hand, others take them after this.
LEASE = timedelta(seconds=30)
# Together about a day of trying; what is not delivered then needs a person.
MAX_ATTEMPTS = 30
LONGEST_PAUSE = timedelta(hours=1)


class DeliveryFailed(Exception):
    """The receiver has not confirmed the message; it may have it all the same."""


class DeliveryRefused(DeliveryFailed):
    """The receiver will never take the message."""


@dataclass(frozen=True)
class Backlog:
    """How many messages wait, the age of the oldest of them, and how many were given up."""

    pending: int
    dead: int
    oldest_age: timedelta


def add(session: Session, order: Order) -> None:
    """What a confirmed order has to tell."""
    about = {"user_id": order.user_id, "order_id": order.reference}
    amount = {"amount": to_amount(order.total_cents), "country": order.country}
    session.add(OutboxMessage(kind=MessageKind.ORDER, payload=about | amount, trace_context=carrier()))
    if order.coupon_code:
        coupon = {"coupon_code": order.coupon_code}
        session.add(OutboxMessage(kind=MessageKind.COUPON, payload=about | coupon, trace_context=carrier()))


def claim(session: Session, limit: int) -> Sequence[OutboxMessage]:
    """Messages that are due, now in the caller's hands for a LEASE."""
    due = select(OutboxMessage).where(OutboxMessage.state == MessageState.PENDING, OutboxMessage.due_at <= now())
    # Skipping what another dispatcher has locked: two of them share the work.
    messages = session.scalars(due.order_by(OutboxMessage.id).limit(limit).with_for_update(skip_locked=True)).all()
    for message in messages:
        message.due_at = now() + LEASE
        message.attempts += 1
    return messages


def delivered(session: Session, message_id: int) -> None:
    _get(session, message_id).state = MessageState.DELIVERED


def postpone(session: Session, message_id: int, error: str, *, is_final: bool = False) -> MessageState:
    """Try again later, or give up with the reason kept. The pause doubles from 1 s."""
    message = _get(session, message_id)
    message.last_error = error
    message.due_at = now() + min(timedelta(seconds=2 ** (message.attempts - 1)), LONGEST_PAUSE)
    if is_final or message.attempts >= MAX_ATTEMPTS:
        message.state = MessageState.DEAD
    return message.state


def backlog(session: Session) -> Backlog:
    undelivered = select(OutboxMessage.state, func.count(), func.min(OutboxMessage.created_at))
    of_state = undelivered.where(OutboxMessage.state != MessageState.DELIVERED).group_by(OutboxMessage.state)
    found = {state: (count, oldest) for state, count, oldest in session.execute(of_state)}
    pending, oldest = found.get(MessageState.PENDING, (0, None))
    dead, _ = found.get(MessageState.DEAD, (0, None))
    return Backlog(pending, dead, oldest_age=now() - oldest if oldest else timedelta())


def _get(session: Session, message_id: int) -> OutboxMessage:
    return session.get_one(OutboxMessage, message_id)
