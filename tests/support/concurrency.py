"""Many buyers, each with a cart of their own, and calls that begin together."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

from tests.support.stack import SHOP_URL, Stack
from tests.support.traffic import DEMO_TOKENS
from tools.shop_client import ShopClient

T = TypeVar("T")

NAMES = [f"buyer{number}" for number in range(100)]
BUYERS = [ShopClient(SHOP_URL, token=f"token-of-{name}", timeout=60) for name in NAMES]


@contextmanager
def admitted(stack: Stack, **environment: str) -> Iterator[None]:
    """The buyers' tokens are valid inside. `environment` goes to every container that knows such a variable."""
    demo = [f"{token}:demo{number}" for number, token in enumerate(DEMO_TOKENS)]
    tokens = ",".join([*demo, *(f"{buyer.token}:{name}" for buyer, name in zip(BUYERS, NAMES, strict=True))])
    # In this process's environment, so that a container that is started anew inside has it too.
    variables = {"DEMO_TOKENS": tokens, **environment}
    os.environ.update(variables)
    try:
        stack.run("docker", "compose", "up", "-d", "--wait")
        yield
    finally:
        for name in variables:
            del os.environ[name]
        stack.run("docker", "compose", "up", "-d", "--wait")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of calls that begin together."""
    barrier = Barrier(len(calls))

    def call(own: Callable[[], T]) -> T:
        barrier.wait()
        return own()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [*threads.map(call, calls)]
