"""The shop with telemetry and without it, in two ways: as local processes, and as containers."""

import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.load.buyers import warm_up
from tests.support.stack import SHOP_URL, Stack
from tests.support.third_parties import PORTS, calm_all
from tools import local_shop
from tools.local_shop import ROOT, LocalShop
from tools.processes import Processes, free_ports

DELIVERY = "UPDATE products SET stock = stock + 1000000, supplied = supplied + 1000000"
#: Milliseconds: metrics as in docker-compose.yml; spans and log records soon, so that what a measurement caused is sent
#: within SETTLING after it and not during the next one.
EXPORTS = {
    "OTEL_METRIC_EXPORT_INTERVAL": "10000",
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "OTEL_BLRP_SCHEDULE_DELAY": "500",
}
SETTLING = 0.7  # seconds
# SQLite lets one in at a time and the others poll: they had better queue.
ONE_AT_A_TIME = {"DATABASE_POOL_SIZE": "1"}
# Where it exists, a file system in memory: the disk's moods would hide what is looked for.
MEMORY = Path("/dev/shm")  # noqa: S108
# Within the container, where process 1 is Docker’s own. The clock’s number as clock_getcpuclockid(3) makes it.
PRINT_CPU = """
from pathlib import Path
from time import clock_gettime
service = int(Path("/proc/1/task/1/children").read_text().split()[0])
print(clock_gettime(~service << 3 | 2))
"""
WITH, WITHOUT = {"OTEL_SDK_DISABLED": "false"}, {"OTEL_SDK_DISABLED": "true"}


class Shops(Protocol):
    def switch(self, telemetry: bool) -> str:
        """The URL of the shop with telemetry or without it, ready for buyers."""

    def cpu(self) -> float | None:
        """Seconds of processor time that the main-service at hand has used; None where that can't be told."""


@dataclass
class LocalShops:
    """Both run side by side, and buyers go to one of them."""

    shops: Mapping[bool, LocalShop]
    _current: bool = True

    def switch(self, telemetry: bool) -> str:
        self._current = telemetry
        return self.shops[telemetry].url

    def cpu(self) -> float | None:
        return self.shops[self._current].processes.cpu("main-service")


@dataclass
class StackShops:
    """The services are started anew with the other setting; the stores stay up."""

    stack: Stack
    tokens: Sequence[str]

    def switch(self, telemetry: bool) -> str:
        self._start({**_settings(self.tokens), **(WITH if telemetry else WITHOUT)})
        calm_all(self.stack)  # what is measured is the shop's own work, and nobody's waiting
        warm_up(SHOP_URL, self.tokens)
        return SHOP_URL

    def cpu(self) -> float | None:
        return float(self.stack.run("docker", "compose", "exec", "-T", "main-service", "python", "-c", PRINT_CPU))

    def deliver(self) -> None:
        self.stack.run("docker", "compose", "exec", "-T", "postgres", "psql", "-U", "webstore", "-c", DELIVERY)

    def restore(self) -> None:
        self._start({})

    def _start(self, environment: Mapping[str, str]) -> None:
        assignments = [f"{name}={value}" for name, value in environment.items()]
        up = ("docker", "compose", "up", "-d", "--no-deps", "--wait", "main-service", "payments-service", *PORTS)
        self.stack.run("env", *assignments, *up)


@contextmanager
def local(tokens: Sequence[str]) -> Iterator[LocalShops]:
    """Raises ProcessError, subprocess.CalledProcessError."""
    local_shop.build(print)
    otlp, pyroscope = free_ports(2)
    profiles = f"http://127.0.0.1:{pyroscope}"
    settings = {**EXPORTS, **ONE_AT_A_TIME, **_settings(tokens), "PYROSCOPE_SERVER_ADDRESS": profiles}
    parent = MEMORY if MEMORY.is_dir() else None
    with ExitStack() as running:
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))
        backends = running.enter_context(Processes(logs))
        command = [sys.executable, "-m", "tests.support.backends", str(otlp), str(pyroscope)]
        backends.start("backends", command, ROOT, {})
        backends.wait_until_healthy("backends", profiles, local_shop.START_TIMEOUT)
        shops = {}
        for telemetry, setting in ((True, WITH), (False, WITHOUT)):
            shop = local_shop.running(f"http://127.0.0.1:{otlp}", _quiet, {**settings, **setting}, parent)
            shops[telemetry] = running.enter_context(shop)
            _prepare(shops[telemetry])
            warm_up(shops[telemetry].url, tokens)
        yield LocalShops(shops)


@contextmanager
def stack(running: Stack, tokens: Sequence[str]) -> Iterator[StackShops]:
    """`running` is as it was afterwards, but for what has been sold."""
    shops = StackShops(running, tokens)
    shops.deliver()
    try:
        yield shops
    finally:
        shops.restore()


def _settings(tokens: Sequence[str]) -> dict[str, str]:
    """Each buyer has a cart of their own, and none is limited."""
    return {
        "DEMO_TOKENS": ",".join(f"{token}:{token}" for token in tokens),
        "RATE_LIMIT_IP": "1000000/second",
        "RATE_LIMIT_USER": "1000000/second",
    }


def _prepare(shop: LocalShop) -> None:
    calm_all(shop)
    with closing(sqlite3.connect(shop.database, timeout=10)) as connection, connection:
        connection.execute(DELIVERY)


def _quiet(_: str) -> None:
    """Says nothing."""
