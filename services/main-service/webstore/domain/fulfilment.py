"""What can become of a reservation of goods."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reservation:
    id: str
    fulfillment_days: int


@dataclass(frozen=True)
class SoldOut:
    """No warehouse has the goods."""


@dataclass(frozen=True)
class Unanswered:
    """The warehouse had a fault; asking again may help."""
