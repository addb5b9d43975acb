"""Discounts: what promotions-service is asked about, and what it can say."""

from dataclasses import dataclass
from typing import Self

from webstore.models import DiscountOutcome, Order


@dataclass(frozen=True)
class Purchase:
    """What a discount depends on: an order's contents, or those of a cart that may become one."""

    user_id: str
    country: str
    subtotal_cents: int

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(order.user_id, order.country, order.subtotal_cents)


@dataclass(frozen=True)
class Discount:
    """Has one of the codes: it comes from a tier of promotions-service, or from the buyer's coupon."""

    cents: int
    promotion_code: str | None = None
    coupon_code: str | None = None

    def cents_off(self, subtotal_cents: int) -> int:
        """A discount never makes an order free: at least a cent is charged."""
        return max(0, min(self.cents, subtotal_cents - 1))


@dataclass(frozen=True)
class NoDiscount:
    """Why a tier or a coupon gives nothing; the reason is for the buyer."""

    outcome: DiscountOutcome
    reason: str


@dataclass(frozen=True)
class Coupon:
    """A coupon that can be used now. The value is per cent or US dollars, as its type says."""

    code: str
    discount_type: str
    discount_value: float
    min_amount: float
    remaining_uses: int


@dataclass(frozen=True)
class Redemption:
    """A use of a coupon, as promotions-service reports it. `order` is the order's reference."""

    order: str
    coupon_code: str
