"""Products know how many pieces were ever put in stock."""

import sqlalchemy as sa
from alembic import op

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
    # The default is for the rows that are there; SQLite can't take it away again.
    op.add_column("products", sa.Column("supplied", sa.Integer(), nullable=False, server_default="0"))
    op.execute(SUPPLIED)


def downgrade() -> None:
    op.drop_column("products", "supplied")
