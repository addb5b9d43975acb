"""The database's side of an audit: money, stock and messages, in the few columns that are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webstore.domain.orders import HOLDS_STOCK
from webstore.models import (
    MessageKind,
    MessageState,
    Order,
    OrderLine,
    OrderStatus,
    OutboxMessage,
    Product,
    order_reference,
)


@dataclass(frozen=True, slots=True)
class OrderEntry:
    reference: str
    status: OrderStatus
    subtotal_cents: int
    discount_cents: int
    #: The sum of its lines.
    lines_cents: int
    transaction_id: str | None
    coupon_code: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents - self.discount_cents


@dataclass(frozen=True, slots=True)
class StockEntry:
    product_id: int
    supplied: int
    stock: int
    #: Pieces that orders have taken and not given back.
    held: int


@dataclass(frozen=True, slots=True)
class MessageEntry:
    id: int
    kind: MessageKind
    #: The order that it tells of.
    reference: str
    state: MessageState
    last_error: str | None


@dataclass(frozen=True)
class Books:
    orders: Sequence[OrderEntry]
    stock: Sequence[StockEntry]
    messages: Sequence[MessageEntry]


def read(session: Session) -> Books:
    """All of it, without objects: a shop has more orders than would fit into memory as such."""
    return Books(_orders(session), _stock(session), _messages(session))


def _orders(session: Session) -> list[OrderEntry]:
    rows = (
        select(
            Order.id,
            Order.status,
            Order.subtotal_cents,
            Order.discount_cents,
            func.coalesce(func.sum(OrderLine.quantity * OrderLine.unit_price_cents), 0),
            Order.payment_transaction_id,
            Order.coupon_code,
            Order.created_at,
            Order.updated_at,
        )
        .select_from(Order)
        .outerjoin(Order.lines)
        .group_by(Order.id)
        .order_by(Order.id)
    )
    return [OrderEntry(order_reference(row.id, row.created_at), *row[1:]) for row in session.execute(rows)]


def _stock(session: Session) -> list[StockEntry]:
    held = (
        select(OrderLine.product_id, func.sum(OrderLine.quantity).label("pieces"))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.status.in_(HOLDS_STOCK))
        .group_by(OrderLine.product_id)
        .subquery()
    )
    rows = select(Product.id, Product.supplied, Product.stock, func.coalesce(held.c.pieces, 0))
    joined = rows.outerjoin(held, held.c.product_id == Product.id).order_by(Product.id)
    return [StockEntry(*row) for row in session.execute(joined)]


def _messages(session: Session) -> list[MessageEntry]:
    columns = (
        OutboxMessage.id,
        OutboxMessage.kind,
        OutboxMessage.payload,
        OutboxMessage.state,
        OutboxMessage.last_error,
    )
    found = session.execute(select(*columns).order_by(OutboxMessage.id))
    return [MessageEntry(row.id, row.kind, row.payload["order_id"], row.state, row.last_error) for row in found]
