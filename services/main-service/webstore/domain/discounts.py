"""Which discount a purchase gets: one set of rules for the quote and for the checkout (docs/adr/0008-coupons.md)."""

import asyncio
from dataclasses import dataclass

from webstore.domain.ports import Promotions
from webstore.domain.promotion import Discount, NoDiscount, Purchase
from webstore.models import DiscountOutcome


@dataclass(frozen=True)
class Assessment:
    tier: Discount | NoDiscount
    #: None for a purchase without a coupon.
    coupon: Discount | NoDiscount | None

    @property
    def discount(self) -> Discount | None:
        """The larger one, as they do not add up. At a tie it is the tier's, so the buyer keeps the coupon."""
        found = [result for result in (self.tier, self.coupon) if isinstance(result, Discount)]
        return max(found, key=lambda discount: discount.cents, default=None)

    @property
    def outcome(self) -> DiscountOutcome:
        """A coupon that gives nothing comes first, as it ends a checkout whatever the tier gives."""
        if isinstance(self.coupon, NoDiscount):
            return self.coupon.outcome
        if self.discount:
            return DiscountOutcome.APPLIED
        return _outcome(self.tier)

    @property
    def tier_outcome(self) -> DiscountOutcome:
        return _outcome(self.tier)

    @property
    def message(self) -> str:
        """The outcome in words, for the buyer."""
        if isinstance(self.coupon, NoDiscount):
            return self.coupon.reason
        if isinstance(self.tier, NoDiscount):
            return f"Coupon {self.coupon.coupon_code} applies." if self.coupon else self.tier.reason
        promotion = f"Promotion {self.tier.promotion_code}"
        if self.coupon is None:
            return f"{promotion} applies."
        if self.discount is self.coupon:
            return f"Coupon {self.coupon.coupon_code} applies."
        return f"{promotion} gives at least as much as coupon {self.coupon.coupon_code}, which is not used up."


async def assess(promotions: Promotions, purchase: Purchase, coupon_code: str | None) -> Assessment:
    """Uses nothing up. Both questions are sent at once, so it takes no longer than one of them."""
    if coupon_code is None:
        return Assessment(await promotions.discount(purchase), None)
    return Assessment(*await asyncio.gather(promotions.discount(purchase), promotions.coupon(purchase, coupon_code)))


def _outcome(result: Discount | NoDiscount) -> DiscountOutcome:
    return result.outcome if isinstance(result, NoDiscount) else DiscountOutcome.APPLIED
