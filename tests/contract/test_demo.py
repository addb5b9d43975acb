"""The demo shows a purchase and cleans up after itself, also when it is interrupted."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.polling import eventually
from tools.local_shop import ROOT, SERVICES


class Demo:
    """Runs `python -m tools.demo`; its processes inherit a mark to be found by, and a directory for temporary files."""

    def __init__(self, directory: Path):
        self.directory = directory
        self._mark = f"WEBSTORE_DEMO={uuid4()}"
        name, value = self._mark.split("=")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.demo"],
            cwd=ROOT,
            env={**os.environ, name: value, "TMPDIR": str(directory), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",  # a reader that changes midway may find half a character
        )

    def processes(self) -> dict[int, str]:
        """Command lines of all that carry the mark, by process id."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self._mark in (entry / "environ").read_text(errors="replace").split("\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        return found

    def leavings(self) -> list[object]:
        return [*self.processes().values(), *self.directory.glob("webstore-*")]

    def read_until(self, text: str) -> None:
        for line in self.process.stdout:
            if text in line:
                return
        raise AssertionError(f"the demo ended without: {text}")


@pytest.fixture
def demo(programs, tmp_path):
    demo = Demo(tmp_path)
    yield demo
    for pid in demo.processes():
        os.kill(pid, signal.SIGKILL)
    demo.process.communicate()


def test_it_shows_a_purchase(demo):
    output, _ = demo.process.communicate(timeout=90)
    assert demo.process.returncode == 0, output
    [(spans, services)] = re.findall(r"^Trace [0-9a-f]{32}: (\d+) spans of (\d+) processes$", output, re.M)
    assert (int(spans) > 30, int(services)) == (True, 6)
    trace, logs = output.split("Its log lines")
    logs, metrics = logs.split("The metrics that moved")
    for service in SERVICES:
        assert re.search(rf"^{service} .* ms  +", trace, re.M)
        assert re.search(rf"^{service} +info ", logs, re.M)
    assert re.search(r"^main-service +\+1 +webstore\.checkouts \{.*status=completed\}$", metrics, re.M)
    # A call may be repeated on a slow machine.
    assert re.search(r"^promotions-service +\+\d+ +promotions_checked \{.*has_discount=true\}$", metrics, re.M)
    assert re.search(r"^payments-service +\+\d+ +payments_processed \{.*status=success\}$", metrics, re.M)
    assert demo.leavings() == []


@pytest.mark.parametrize(
    ("how", "moment", "status"),
    [
        (signal.SIGINT, "waiting for payment-provider", 130),
        (signal.SIGINT, "waiting for main-service", 130),
        (signal.SIGTERM, "waiting for main-service", 143),
        (signal.SIGINT, "Trace ", 130),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_an_interrupted_demo_leaves_nothing(how, moment, status, demo):
    demo.read_until(moment)
    assert len(demo.processes()) > 1
    demo.process.send_signal(how)
    demo.process.communicate(timeout=40)
    assert demo.process.returncode == status
    assert demo.leavings() == []


def test_a_second_interrupt_leaves_nothing_either(demo):
    """It comes because one process does not end."""
    demo.read_until("waiting for main-service")
    [stuck] = [pid for pid, command in demo.processes().items() if "crm-system" in command]
    os.kill(stuck, signal.SIGSTOP)
    demo.process.send_signal(signal.SIGINT)
    eventually(lambda: demo.processes().keys() == {demo.process.pid, stuck}, "the others end")
    demo.process.send_signal(signal.SIGINT)
    demo.process.communicate(timeout=40)
    assert demo.leavings() == []
