"""The live system: started once with `make start`, under a project name of its own so that nobody's data is touched."""

import os
from collections.abc import Iterator

import pytest

from tests.support.stack import PROJECT, Stack
from tools.local_shop import ROOT


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Set KEEP_STACK=1 to leave it running for a look, and to start faster the next time."""
    os.environ["COMPOSE_PROJECT_NAME"] = PROJECT
    stack = Stack(ROOT)
    stack.run("docker", "compose", "build", timeout=1200)
    stack.start()
    yield stack
    if request.session.testsfailed:
        print(stack.run("docker", "compose", "logs", "--tail=60", "--no-color", check=False))
    if not os.environ.get("KEEP_STACK"):
        stack.run("docker", "compose", "down", "--volumes", "--remove-orphans")
