"""The keys of merged carts."""

import sqlalchemy as sa
from alembic import op
from webstore.database import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "cart_merges",
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("request_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["carts.user_id"], name="fk_cart_merges_user_id"),
        sa.PrimaryKeyConstraint("user_id", "idempotency_key", name="pk_cart_merges"),
    )
    op.create_index("ix_cart_merges_expires_at", "cart_merges", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("cart_merges")
