"""`make soak` runs the same tests for longer than `make test` may: with SOAK=1 they have their larger parameters."""

import os
from typing import TypeVar

T = TypeVar("T")


def soaked(short: T, long: T) -> T:
    return long if os.environ.get("SOAK") == "1" else short
