"""The tables. Money is integer cents of US dollars; a `CHECK` holds what must never be false."""

import enum
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from webstore.database import UtcDateTime

MAX_QUANTITY = 1000  # pieces of one product in one cart: more is a mistake or an attack, not shopping


def now() -> datetime:
    return datetime.now(UTC)


def order_reference(order_id: int, created_at: datetime) -> str:
    """An order's name at other services, which remember longer than a database that is made anew."""
    return f"order-{order_id}-{created_at:%Y%m%dT%H%M%S%f}"


class Base(DeclarativeBase):
    # Named constraints, so that a migration can refer to them.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        # Text, not a PostgreSQL enum: a new state is then no schema change.
        enum.StrEnum: Enum(enum.StrEnum, native_enum=False, length=16, values_callable=lambda kind: [*kind]),
    }


class OrderStatus(enum.StrEnum):
    """`pending → authorised → confirmed`, or `→ cancelling → cancelled` when paid goods are sold out.

    The others are ends. Transitions: domain/orders.py.
    """

    PENDING = "pending"
    AUTHORISED = "authorised"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class Fulfilment(enum.StrEnum):
    RESERVED = "reserved"
    DELAYED = "delayed"


class DiscountOutcome(enum.StrEnum):
    """What became of the question for a discount. Also the values of the label `outcome` of webstore.promotions."""

    APPLIED = "applied"
    NONE = "none"  # promotions-service gives nothing for this purchase
    INVALID = "invalid"  # the coupon is not valid for this purchase
    UNAVAILABLE = "unavailable"  # promotions-service sent no response, or one that makes no sense
    NOT_CONFIGURED = "not_configured"  # there is no promotions-service


class MessageKind(enum.StrEnum):
    """Who a message is for."""

    ORDER = "order"  # the CRM is told of an order
    COUPON = "coupon"  # promotions-service is told that a coupon is used up


class MessageState(enum.StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class User(Base):
    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(255))


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("price_cents > 0", "price_positive"),
        CheckConstraint("stock >= 0", "stock_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    price_cents: Mapped[int]
    stock: Mapped[int]
    supplied: Mapped[int]  # pieces ever put in stock: what orders hold is the difference
    category: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Cart(Base):
    """One row a user. Its lock serialises what happens to that user's cart and checkouts."""

    __tablename__ = "carts"

    user_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    country: Mapped[str] = mapped_column(String(8))


class CartItem(Base):
    __tablename__ = "cart_items"
    __table_args__ = (
        UniqueConstraint("user_id", "product_id"),
        CheckConstraint(f"quantity BETWEEN 1 AND {MAX_QUANTITY}", "quantity_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("carts.user_id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)


class CartMerge(Base):
    """The client's key of a merge, and what it was sent with. Pruned once it has expired."""

    __tablename__ = "cart_merges"

    user_id: Mapped[str] = mapped_column(ForeignKey("carts.user_id"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_fingerprint: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Order(Base):
    """The state machine of a checkout."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        CheckConstraint("discount_cents >= 0 AND discount_cents < subtotal_cents", "discount_below_subtotal"),
        Index("ix_orders_user_id_id", "user_id", "id"),
        Index("ix_orders_status_updated_at", "status", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(128))
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.PENDING)
    status_reason: Mapped[str | None] = mapped_column(String(64))
    fulfilment: Mapped[Fulfilment | None]
    country: Mapped[str] = mapped_column(String(8))
    payment_method: Mapped[str] = mapped_column(String(32))
    subtotal_cents: Mapped[int]
    discount_cents: Mapped[int] = mapped_column(default=0)
    discount_outcome: Mapped[DiscountOutcome] = mapped_column(default=DiscountOutcome.NONE)
    # Where the discount comes from: one of the two, or none.
    promotion_code: Mapped[str | None] = mapped_column(String(64))
    coupon_code: Mapped[str | None] = mapped_column(String(32))
    payment_transaction_id: Mapped[str | None] = mapped_column(String(128))
    # The client's key and what it was sent with. NULL when there was none, or when the order failed without effect.
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    idempotency_key_expires_at: Mapped[datetime | None]
    request_fingerprint: Mapped[str] = mapped_column(String(64))
    # Of the checkout request, in hexadecimal digits. NULL for orders that are older than the column.
    trace_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    lines: Mapped[list["OrderLine"]] = relationship(lazy="selectin", order_by="OrderLine.id")

    @property
    def reference(self) -> str:
        return order_reference(self.id, self.created_at)

    @property
    def total_cents(self) -> int:
        return self.subtotal_cents - self.discount_cents


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", "quantity_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    product_name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]  # as charged; the product's price may change later
    reservation_id: Mapped[str | None] = mapped_column(String(128))
    fulfillment_days: Mapped[int | None]


class OutboxMessage(Base):
    """A message that must reach another service, written in the transaction that made it true."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_due_at", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MessageKind]
    state: Mapped[MessageState] = mapped_column(default=MessageState.PENDING)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    trace_context: Mapped[dict[str, str]] = mapped_column(JSON)  # W3C headers of the request that wrote it
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(255))
    due_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
