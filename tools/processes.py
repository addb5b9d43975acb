"""Starts local processes, waits until they answer, and leaves none behind."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

# Longer than any service takes to finish its requests and to flush its telemetry.
STOP_TIMEOUT = 40.0  # seconds
# Below those that systems give to outgoing connections (Linux from 32768, others from 49152): one of these could take
# a port between the choice and the service's start, and its other end would then answer in the service's place.
PORTS = range(20_000, 32_000)


class ProcessError(Exception):
    """A process did not start; the message says which, and has the end of its log."""


def free_ports(count: int) -> list[int]:
    """Each is held until all are found, so that no two are the same. Raises ProcessError."""
    with ExitStack() as held:
        # In no order: two shops that start at once hardly ever meet.
        free = (port for port in random.sample(PORTS, len(PORTS)) if _hold(port, held))
        found = [*islice(free, count)]
    if len(found) < count:
        raise ProcessError(f"only {len(found)} of {count} ports are free")
    return found


def _hold(port: int, held: ExitStack) -> bool:
    probe = held.enter_context(socket.socket())
    try:
        probe.bind(("", port))  # on every interface, as the third parties do
    except OSError:
        return False
    return True


@dataclass
class Processes:
    """Each process has a log file `NAME.log` under `logs` and a process group of its own."""

    logs: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    def start(self, name: str, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        with self._log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - commands of this repository
                command,
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C then reaches the demo alone, which stops the rest in order.
                start_new_session=True,
            )

    def wait_until_healthy(self, name: str, url: str, timeout: float) -> None:
        """Raises ProcessError."""
        deadline = time.monotonic() + timeout
        while not _answers(url):
            self.check_running(name)
            if time.monotonic() > deadline:
                raise ProcessError(f"{name} does not answer at {url}:\n{self.tail(name)}")
            time.sleep(0.1)
        self.check_running(name)

    def check_running(self, name: str) -> None:
        """Raises ProcessError. One that did not get its port has ended, whoever answers there."""
        if self._running[name].poll() is not None:
            raise ProcessError(f"{name} ended at once:\n{self.tail(name)}")

    def cpu(self, name: str) -> float | None:
        """Seconds of processor time that it has used; None where the system keeps no clock of it (all but Linux)."""
        # The clock's number as clock_getcpuclockid(3) makes it.
        clock = ~self._running[name].pid << 3 | 2
        return time.clock_gettime(clock) if sys.platform == "linux" else None

    def stop(self, name: str, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit status; what does not end in time is killed."""
        process = self._running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        return self._wait(process)

    def stop_all(self) -> None:
        """All at once, so that their time-outs do not add up. A second Ctrl-C kills what is left."""
        try:
            self._signal_all(signal.SIGTERM)
            for process in self._running.values():
                self._wait(process)
        finally:
            self._signal_all(signal.SIGKILL)
            for process in self._running.values():
                process.wait()
            self._running.clear()

    def tail(self, name: str, lines: int = 15) -> str:
        return "\n".join(self._log(name).read_text(errors="replace").splitlines()[-lines:])

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _signal_all(self, how: signal.Signals) -> None:
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, how)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - a loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
