"""Worker threads for what would block the event loop: the database driver and password hashing."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from webstore.telemetry.profiles import labelled_with_span

T = TypeVar("T")


async def in_worker_thread(work: Callable[[], T], limiter: CapacityLimiter | None = None) -> T:
    """Run `work` in a thread; its CPU samples carry the request's profile id."""

    def labelled() -> T:
        with labelled_with_span():
            return work()

    return await to_thread.run_sync(labelled, limiter=limiter)
