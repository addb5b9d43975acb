"""Why an order has a discount, or has none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # The default is for the rows that are there, and for a main-service of the version before.
    op.add_column("orders", sa.Column("discount_outcome", sa.String(16), nullable=False, server_default="none"))
    op.execute("UPDATE orders SET discount_outcome = 'applied' WHERE discount_cents > 0")


def downgrade() -> None:
    op.drop_column("orders", "discount_outcome")
