"""Every command of the documentation is run as a reader would: from the root, in order, in one shell a document."""

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documents import Command, commands
from tests.support.polling import eventually
from tests.support.repository import ROOT
from tests.support.stack import Stack

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: What is not run wherever it stands.
ELSEWHERE = {
    "make demo": "has a test of its own",
    "make test": "would run this test again",
    "make clean": "deletes the data of the stack",
}
PATIENCE = 300  # seconds for a command that ends by itself
TIMED_OUT = 124  # the status of timeout(1)
INVENTORY_BEHAVIOUR = "http://127.0.0.1:3003/admin/behaviour"


class Reader:
    """A shell session: what a block of commands sets, the next ones find."""

    def __init__(self, directory: Path):
        self._state = directory / "environment"
        self._environment = {**os.environ, "TMPDIR": str(directory)}

    def run(self, script: str, seconds: int) -> tuple[int, str]:
        """Status and output. All variables and functions are exported, and so carried over."""
        # Renamed when it is whole: what timeout(1) sends to the shell, it sends to the shell's children as well.
        remember = f"trap 'env -0 > {self._state}.new && mv {self._state}.new {self._state}' EXIT"
        done = subprocess.run(
            ["timeout", "--kill-after=10", str(seconds), "bash", "-c", f"set -ae\n{remember}\n{script}"],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if self._state.exists():
            pairs = self._state.read_text().split("\0")[:-1]
            self._environment = dict(pair.split("=", 1) for pair in pairs)
        return done.returncode, done.stdout


def reason_not_to_run(command: Command) -> str:
    return command.not_run or next((why for what, why in ELSEWHERE.items() if what in command.script), "")


ALL = [command for document in DOCUMENTS for command in commands(document)]
RUN = [command for command in ALL if not reason_not_to_run(command)]


@pytest.fixture(scope="module")
def readers(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Reader]]:
    """One for each document. Afterwards the stack is as the other tests expect it."""
    settings = ROOT / ".env"
    had_settings = settings.exists()
    yield {command.document: Reader(tmp_path_factory.mktemp("reader")) for command in RUN}
    if not had_settings:
        settings.unlink(missing_ok=True)
    stack.run("docker", "compose", "up", "-d", "--wait")
    reset = urllib.request.Request(INVENTORY_BEHAVIOUR, b"{}", {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(reset, timeout=10).close()


@pytest.mark.parametrize("command", RUN, ids=lambda command: f"{command.document}:{command.line}")
def test_command_works_as_documented(readers: dict[str, Reader], command: Command) -> None:
    if not command.repeat_for:
        assert difference(readers[command.document], command) == ""
        return
    differences: list[str] = []

    def works() -> bool:
        differences.append(difference(readers[command.document], command))
        return not differences[-1]

    try:
        eventually(works, "the documented output", command.repeat_for)
    except AssertionError:
        pytest.fail(differences[-1])


def difference(reader: Reader, command: Command) -> str:
    """What is not as documented; empty when all is."""
    status, output = reader.run(command.script, command.run_for or PATIENCE)
    if status not in ({0, TIMED_OUT} if command.run_for else {0}):
        return f"ended with {status}:\n{command.script}\n{output}"
    if not command.is_answered_by(output):
        return f"not the documented output:\n{command.script}\n{output}\n— instead of —\n{command.answer}"
    return ""


def test_every_command_that_is_not_run_has_a_reason() -> None:
    """They are listed here with it; most delete data."""
    left_out = [command for command in ALL if command not in RUN]
    for command in left_out:
        print(f"{command.document}:{command.line} is not run: {reason_not_to_run(command)}")
    assert all(reason_not_to_run(command) for command in left_out)
    assert len(left_out) < len(RUN)
