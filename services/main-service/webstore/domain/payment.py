"""What can become of a payment."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

#: Also the values of the `payment_method` label, and no enum for the reason given in countries.py.
Method = Literal["credit_card", "debit_card", "paypal"]


class Outcome(StrEnum):
    CHARGED = "charged"
    DECLINED = "declined"
    VOIDED = "voided"  # nothing is charged for the order, and nothing ever will be
    NOT_CHARGED = "not_charged"  # so far
    REFUSED = "refused"  # payments-service found the request wrong: our fault


@dataclass(frozen=True)
class Payment:
    outcome: Outcome
    transaction_id: str | None = None
    reason: str | None = None


class PaymentUnknown(Exception):
    """No answer, or one that leaves open whether the card was charged."""
