"""Who may sign in."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Session

from webstore.models import User

# OWASP's minimum for Argon2id (Password Storage Cheat Sheet): a login takes 19 MiB, so a container can bear several.
_hasher = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)


@cache
def _nobody() -> str:
    """A hash to check against when there is no such user, so that the time taken does not tell."""
    return _hasher.hash("nobody")


def password_hash(session: Session, name: str) -> str | None:
    user = session.get(User, name)
    return user.password_hash if user else None


def verify(stored: str | None, password: str) -> bool:
    """Takes tens of milliseconds of CPU, on purpose."""
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except VerifyMismatchError:
        return False
