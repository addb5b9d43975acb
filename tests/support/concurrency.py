"""Many buyers, each with a cart of their own, and calls that begin together."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from webstore.config import DEMO_TOKENS

from tests.support.stack import SHOP_URL
from tools.shop_client import ShopClient

T = TypeVar("T")

NAMES = [f"buyer{number}" for number in range(100)]
BUYERS = [ShopClient(SHOP_URL, token=f"token-of-{name}", timeout=60) for name in NAMES]
#: main-service's setting that lets them in, beside the demo's own users.
ADMITTED = {"DEMO_TOKENS": ",".join([DEMO_TOKENS, *(f"token-of-{name}:{name}" for name in NAMES)])}


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of calls that begin together."""
    barrier = Barrier(len(calls))

    def call(own: Callable[[], T]) -> T:
        barrier.wait()
        return own()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [*threads.map(call, calls)]
