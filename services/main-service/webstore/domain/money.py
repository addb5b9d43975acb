"""Money is integer cents inside; the world outside sees a number with two decimals."""


def to_amount(cents: int) -> float:
    """For JSON only. Division by 100 gives the double nearest to the amount, which prints as its two decimals."""
    return cents / 100


def to_cents(amount: float) -> int:
    """An amount from another service's JSON, which has at most two decimals."""
    return round(amount * 100)
