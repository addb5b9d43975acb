"""Starts local processes, waits until they answer, and leaves none behind."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_TIMEOUT = 15.0  # seconds; the services drain for at most 10


class ProcessError(Exception):
    """A process did not start; the message says which, and has the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
            if self._running[name].poll() is not None:
                raise ProcessError(f"{name} ended at once:\n{self.tail(name)}")
            if time.monotonic() > deadline:
                raise ProcessError(f"{name} does not answer at {url}:\n{self.tail(name)}")
            time.sleep(0.1)

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
