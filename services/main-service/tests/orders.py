"""An order for the tests of the clients, which need no database."""

from datetime import UTC, datetime

from webstore.domain.promotion import Purchase
from webstore.models import Order, OrderLine

ORDER = Order(
    id=17,
    user_id="user123",
    country="DE",
    payment_method="paypal",
    subtotal_cents=100_10,
    discount_cents=10,
    created_at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
)
PURCHASE = Purchase.of(ORDER)
LINE = OrderLine(product_id=7, quantity=2)
REFERENCE = "order-17-20260102T030405000006"
