"""The rules of Idempotency-Key, the same for every request that takes one."""

from datetime import timedelta

from webstore.domain.errors import KeyReused

# A client that has not asked again within a day has given up; the key may then stand for another request.
KEY_LIFETIME = timedelta(hours=24)


def check_is_repeat(first: str, again: str) -> None:
    """Compares the fingerprints of two requests with one key. Raises KeyReused."""
    if first != again:
        raise KeyReused("This Idempotency-Key was used with another request.")
