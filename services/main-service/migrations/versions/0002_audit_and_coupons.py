"""Coupons, idempotency keys that expire, and how many pieces of a product were ever put in stock."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from webstore.database import UtcDateTime

revision = "0002"
down_revision = "0001"

# The states of an order that holds its pieces, as they were when this was written.
SUPPLIED = """
    UPDATE products SET supplied = stock + COALESCE((
        SELECT SUM(order_lines.quantity) FROM order_lines JOIN orders ON orders.id = order_lines.order_id
        WHERE order_lines.product_id = products.id
          AND orders.status IN ('pending', 'authorised', 'confirmed', 'cancelling')
    ), 0)
"""


def upgrade() -> None:
    op.add_column("orders", sa.Column("coupon_code", sa.String(32), nullable=True))
    op.add_column("orders", sa.Column("idempotency_key_expires_at", UtcDateTime, nullable=True))
    _set_expiries()
    # The defaults are for the rows that are there; SQLite can't take them away again.
    op.add_column("outbox", sa.Column("kind", sa.String(16), nullable=False, server_default="order"))
    op.add_column("products", sa.Column("supplied", sa.Integer(), nullable=False, server_default="0"))
    op.execute(SUPPLIED)


def _set_expiries() -> None:
    """In Python, as the databases add hours in ways of their own."""
    columns = [sa.column(name) for name in ("id", "idempotency_key")]
    times = [sa.column(name, UtcDateTime()) for name in ("created_at", "idempotency_key_expires_at")]
    orders = sa.table("orders", *columns, *times)
    with_key = sa.select(orders.c.id, orders.c.created_at).where(orders.c.idempotency_key.is_not(None))
    expiries = [
        {"order": row.id, "at": row.created_at + timedelta(hours=24)} for row in op.get_bind().execute(with_key)
    ]
    if expiries:
        expire = sa.update(orders).where(orders.c.id == sa.bindparam("order"))
        op.get_bind().execute(expire.values(idempotency_key_expires_at=sa.bindparam("at")), expiries)


def downgrade() -> None:
    op.drop_column("products", "supplied")
    op.execute("DELETE FROM outbox WHERE kind = 'coupon'")  # the CRM would be told of an order in their place
    op.drop_column("outbox", "kind")
    op.drop_column("orders", "idempotency_key_expires_at")
    op.drop_column("orders", "coupon_code")
