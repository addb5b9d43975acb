"""How long a search or a load lasts: short in every run of the tests, long with SOAK=1 in the environment."""

import os
from typing import TypeVar

T = TypeVar("T")


def soaked(short: T, long: T) -> T:
    """The parameter of a test that finds more the longer it runs."""
    return long if os.environ.get("SOAK") == "1" else short
