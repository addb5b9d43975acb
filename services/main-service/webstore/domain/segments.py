"""Customer segments, by what is remembered of a customer before the action at hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

VIP_SPEND_CENTS = 500_00
VIP_ORDERS = 5
RETURNING_WITHIN = timedelta(days=30)
AT_RISK_WITHIN = timedelta(days=90)


class Segment(StrEnum):
    NEW = "new"
    RETURNING = "returning"
    VIP = "vip"
    AT_RISK = "at_risk"
    CHURNED = "churned"
    ANONYMOUS = "anonymous"  # no sign-in
    UNKNOWN = "unknown"  # the memory is down


@dataclass(frozen=True)
class History:
    last_activity: datetime
    spend_cents: int
    orders: int


def segment(history: History | None, now: datetime) -> Segment:
    """The segment of a customer with this history, None for no history. Whoever spends much stays a VIP."""
    if history is None:
        return Segment.NEW
    if history.spend_cents > VIP_SPEND_CENTS or history.orders > VIP_ORDERS:
        return Segment.VIP
    absence = now - history.last_activity
    if absence <= RETURNING_WITHIN:
        return Segment.RETURNING
    return Segment.AT_RISK if absence <= AT_RISK_WITHIN else Segment.CHURNED
