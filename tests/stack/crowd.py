"""Many buyers at once, and what the database and the books say afterwards."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any, TypeVar

from tests.stack import faults
from tests.stack.compose import SHOP_URL, Stack
from tests.stack.traffic import DEMO_TOKENS
from tools.shop_client import Answer, ShopClient

T = TypeVar("T")

NAMES = [f"buyer{number}" for number in range(100)]
BUYERS = [ShopClient(SHOP_URL, token=f"token-of-{name}", timeout=60) for name in NAMES]
#: Quick, and with no failure of its own.
CALM = {"latency_ms": {"min": 1, "max": 5}, "failure_rate": 0, "failure_rate_by_country": {}}


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


def calm(stack: Stack, **settings: Any) -> Any:
    """The payment provider is quick and accepts every card inside, but for `settings`."""
    return faults.behaviour(stack, "payment-provider", **{**CALM, **settings})


def outcome(answer: Answer) -> str:
    """The status, or the problem's name."""
    return str(answer.body.get("type", answer.status)).removeprefix("urn:webstore:problem:")


def outcomes(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(map(outcome, answers))


def empty_cart(buyer: ShopClient) -> None:
    for item in buyer.call("GET", "/cart").body["items"]:
        assert buyer.call("DELETE", f"/cart/items/{item['id']}").status == 204


def sql(stack: Stack, statement: str) -> str:
    """What psql prints: values without a frame."""
    psql = ("psql", "-U", "webstore", "-d", "webstore", "-v", "ON_ERROR_STOP=1", "-qAtc", statement)
    return stack.run("docker", "compose", "exec", "-T", "postgres", *psql).strip()


def rows(stack: Stack, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sql(stack, f"SELECT coalesce(json_agg(found), '[]') FROM ({query}) found"))
    return found


def set_stock(stack: Stack, product_id: int, pieces: int) -> None:
    """Supply is changed with it, or the books would say that pieces went missing."""
    change = f"supplied = supplied + {pieces} - stock, stock = {pieces}"
    sql(stack, f"UPDATE products SET {change} WHERE id = {product_id}")


def stock(stack: Stack, product_id: int) -> int:
    return int(sql(stack, f"SELECT stock FROM products WHERE id = {product_id}"))


def reconcile(stack: Stack) -> dict[str, int]:
    """How many of each kind were looked at; all of them agree."""
    table = stack.run("make", "reconcile")
    print(table)
    return {name: int(looked_at) for name, looked_at in re.findall(r"^(\S.*?) +(\d+) +0$", table, re.M)}


def charges(stack: Stack) -> int:
    """What the provider has charged and not refunded."""
    return reconcile(stack)["charges have orders"]
