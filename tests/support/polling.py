"""Waiting in tests: for a condition, never for a time. Only this file sleeps (tests/config/test_waits.py)."""

import asyncio
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Generic, TypeVar

T = TypeVar("T")

TIMEOUT = 20.0  # seconds; exports come every second or so, and the machine may be busy
PAUSE = 0.1  # seconds between two checks of a process or a container
PAUSE_ON_LOOP = 0.01  # seconds between two checks of what runs in this process
#: A check that fails in one of these ways has not succeeded yet: a service that restarts, a response without the field.
NOT_YET = (OSError, HTTPException, KeyError, IndexError)


def eventually(check: Callable[[], T], what: str, timeout: float = TIMEOUT) -> T:
    """The first truthy result of `check` within `timeout` seconds; the failure has the last result.

    Raises AssertionError.
    """
    poll = _Poll(check, what, timeout)
    while not poll.succeeds():
        time.sleep(PAUSE)
    return poll.result


async def eventually_on_loop(check: Callable[[], T], what: str, timeout: float = TIMEOUT) -> T:  # noqa: ASYNC109 - as above
    """The same for a test that is a coroutine: the event loop runs on between two checks."""
    poll = _Poll(check, what, timeout)
    while not poll.succeeds():  # noqa: ASYNC110 - no event comes
        await asyncio.sleep(PAUSE_ON_LOOP)
    return poll.result


async def event_on_loop(event: asyncio.Event, what: str, timeout: float = TIMEOUT) -> None:  # noqa: ASYNC109 - as above
    """Returns once the code under test, or the test, has set `event`. Raises AssertionError."""
    try:
        async with asyncio.timeout(timeout):
            await event.wait()
    except TimeoutError:
        raise AssertionError(f"{what}: not within {timeout:g} s") from None


async def delay_on_loop(seconds: float) -> None:
    """The latency of a simulated slow peer: a fake that stands for the network has no event to wait for."""
    await asyncio.sleep(seconds)


def block_thread(seconds: float) -> None:
    """Stands for code that blocks its thread, for tests that detect it."""
    time.sleep(seconds)


def stand_idle(seconds: float) -> None:
    """A period in which the test does nothing, because what it measures is such a period."""
    time.sleep(seconds)


def paced(seconds: float, every: float) -> Iterator[float]:
    """The seconds passed so far, at most once in `every` seconds, until `seconds` have passed: for load that lasts."""
    start = due = time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        yield passed
        due = max(due + every, time.monotonic())
        time.sleep(max(0.0, min(due, start + seconds) - time.monotonic()))


class _Poll(Generic[T]):
    def __init__(self, check: Callable[[], T], what: str, timeout: float):
        self._check = check
        self._what = what
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout

    def succeeds(self) -> bool:
        """Checks once. A check that begins in time counts, however long it takes."""
        late = time.monotonic() > self._deadline
        seen: object
        try:
            self.result = seen = self._check()
        except NOT_YET as error:
            self.result, seen = None, error  # type: ignore[assignment]
        if late and not self.result:
            raise AssertionError(f"{self._what}: not within {self._timeout:g} s; last seen: {seen!r}")
        return bool(self.result)
