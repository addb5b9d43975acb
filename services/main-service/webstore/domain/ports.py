"""What a checkout needs of the world; clients/ has the implementations."""

from typing import Protocol

from webstore.domain.fulfilment import Reservation, SoldOut, Unanswered
from webstore.domain.payment import Payment
from webstore.domain.promotion import Discount, NoDiscount, Purchase
from webstore.models import Order, OrderLine


class Payments(Protocol):
    """Each call names the charge by its order, so it can be repeated without charging again."""

    async def charge(self, order: Order) -> Payment:
        """Raises PaymentUnknown."""

    async def find(self, order: Order) -> Payment:
        """What became of the charge. Raises PaymentUnknown."""

    async def void(self, order: Order) -> Payment:
        """Nothing is charged after this, now or later. Raises PaymentUnknown."""


class Inventory(Protocol):
    """Each call names the order and its product, so it can be repeated."""

    async def reserve(self, order: Order, line: OrderLine) -> Reservation | SoldOut | Unanswered: ...

    async def release(self, order: Order, line: OrderLine) -> bool:
        """False when it is not known to be given back."""


class Promotions(Protocol):
    async def discount(self, purchase: Purchase) -> Discount | NoDiscount:
        """What the purchase gets without a coupon."""

    async def coupon(self, purchase: Purchase, code: str) -> Discount | NoDiscount:
        """What the purchase gets for a coupon. Uses nothing up."""
