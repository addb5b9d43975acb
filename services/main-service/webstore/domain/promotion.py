"""A discount on an order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Discount:
    cents: int
    code: str
