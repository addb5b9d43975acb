"""The shop: catalogue, carts, orders, outbox and users, with the demo's products and users."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from webstore.database import UtcDateTime

revision = "0001"
down_revision = None

# name, price in cents, stock, category; the ids are 1 to 8 in this order.
PRODUCTS = [
    ("Laptop", 999_99, 50, "Electronics"),
    ("Smartphone", 599_99, 100, "Electronics"),
    ("Headphones", 99_99, 200, "Electronics"),
    ("Desk Chair", 199_99, 30, "Furniture"),
    ("Monitor", 299_99, 75, "Electronics"),
    ("Keyboard", 79_99, 150, "Electronics"),
    ("Mouse", 29_99, 300, "Electronics"),
    ("Webcam", 89_99, 100, "Electronics"),
]
# Their passwords are in the README: they are for the demo.
USERS = [
    ("user123", "$argon2id$v=19$m=19456,t=2,p=1$KnyX6kPrSR5aga4ZjQm3pg$5nV43cifTkTv8OX9hjFOHcEPV0cw3zckYCWqKloVfEk"),
    ("admin", "$argon2id$v=19$m=19456,t=2,p=1$T2LazCoDzqkwBsmAeXQl0w$dMB/yhgHOmvogOvbvstRXlvG3taG4yD+IPNqG0yrZGw"),
    ("test", "$argon2id$v=19$m=19456,t=2,p=1$blwdzBV2NtGxZc9SOrMhJw$A59MzRAP3XdWEGpdanBdmzmecZ6AxxdI6Pj8ipp3Tfc"),
]


def upgrade() -> None:
    op.create_table(
        "carts",
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_carts"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_reason", sa.String(length=64), nullable=True),
        sa.Column("fulfilment", sa.String(16), nullable=True),
        sa.Column("country", sa.String(length=8), nullable=False),
        sa.Column("payment_method", sa.String(length=32), nullable=False),
        sa.Column("subtotal_cents", sa.Integer(), nullable=False),
        sa.Column("discount_cents", sa.Integer(), nullable=False),
        sa.Column("promotion_code", sa.String(length=64), nullable=True),
        sa.Column("payment_transaction_id", sa.String(length=128), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.CheckConstraint(
            "discount_cents >= 0 AND discount_cents < subtotal_cents", name=op.f("ck_orders_discount_below_subtotal")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sa.UniqueConstraint("user_id", "idempotency_key", name="uq_orders_user_id"),
    )
    op.create_index("ix_orders_status_updated_at", "orders", ["status", "updated_at"], unique=False)
    op.create_index("ix_orders_user_id_id", "orders", ["user_id", "id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("trace_context", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=255), nullable=True),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("price_cents > 0", name=op.f("ck_products_price_positive")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_products_stock_not_negative")),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
    )
    op.create_table(
        "users",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "cart_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 1000", name=op.f("ck_cart_items_quantity_in_range")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_cart_items_product_id"),
        sa.ForeignKeyConstraint(["user_id"], ["carts.user_id"], name="fk_cart_items_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cart_items"),
        sa.UniqueConstraint("user_id", "product_id", name="uq_cart_items_user_id"),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_cents", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.String(length=128), nullable=True),
        sa.Column("fulfillment_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_lines_order_id"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_order_lines_product_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_lines"),
    )
    op.create_index("ix_order_lines_order_id", "order_lines", ["order_id"], unique=False)
    _seed()


def _seed() -> None:
    products = sa.table(
        "products",
        *map(sa.column, ("name", "price_cents", "stock", "category")),
        sa.column("created_at", UtcDateTime()),
    )
    columns = ("name", "price_cents", "stock", "category")
    seeded_at = datetime.now(UTC)
    op.bulk_insert(products, [dict(zip(columns, row, strict=True)) | {"created_at": seeded_at} for row in PRODUCTS])
    users = sa.table("users", sa.column("name"), sa.column("password_hash"))
    op.bulk_insert(users, [{"name": name, "password_hash": digest} for name, digest in USERS])


def downgrade() -> None:
    for table in ("order_lines", "cart_items", "users", "products", "outbox", "orders", "carts"):
        op.drop_table(table)
