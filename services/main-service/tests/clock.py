"""A clock that only a test moves, in place of the `time` module of the code under test."""

from types import ModuleType

import pytest


class Clock:
    """Each of the functions gives the same seconds."""

    def __init__(self, now: float = 1_800_000_000.0):
        self._now = now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def time(self) -> float:
        return self._now

    monotonic = perf_counter = time


def stop_clock(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> Clock:
    """The clock that the modules read from now on; asyncio's own goes on."""
    clock = Clock()
    for module in modules:
        monkeypatch.setattr(module, "time", clock)
    return clock
