"""Discounts on an order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Discount:
    """Has one of the codes: it comes from a tier of promotions-service, or from the buyer's coupon."""

    cents: int
    promotion_code: str | None = None
    coupon_code: str | None = None


@dataclass(frozen=True)
class CouponRefused:
    """The coupon does not hold for this order; the reason is for the buyer."""

    reason: str


class CouponUnknown(Exception):
    """Nobody to ask, or no answer."""


def larger(tier: Discount | None, coupon: Discount | None) -> Discount | None:
    """They do not add up. At a tie the buyer keeps the coupon."""
    return max((found for found in (tier, coupon) if found), key=lambda discount: discount.cents, default=None)
