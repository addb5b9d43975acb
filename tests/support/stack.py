"""The running stack as the tests handle it: commands and containers."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = "webstore-test"
FRONTEND_URL = "http://127.0.0.1:3001"
SHOP_URL = "http://127.0.0.1:8000"
PAYMENTS_URL = "http://127.0.0.1:8081"
PROMOTIONS_URL = "http://127.0.0.1:8082"


@dataclass
class Stack:
    root: Path
    #: What the first `make start` printed, and how long it took in seconds.
    start_output: str = ""
    start_seconds: float = field(default=0.0)

    def run(self, *command: str, check: bool = True, timeout: float = 300) -> str:
        """Output and errors of a command in the repository's root."""
        done = subprocess.run(
            command, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout
        )
        assert not check or done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def start(self) -> None:
        start = time.monotonic()
        self.start_output = self.run("make", "start", timeout=600)
        self.start_seconds = time.monotonic() - start

    def containers(self) -> dict[str, dict[str, str]]:
        """What `docker compose ps` says, by service."""
        lines = self.run("docker", "compose", "ps", "--all", "--format", "json").splitlines()
        return {container["Service"]: container for container in map(json.loads, lines)}

    def passes_health_check(self) -> bool:
        report = self.run("./health-check.sh", "--json", "--timeout", "10", check=False)
        return bool(json.loads(report)["healthy"])

    @contextmanager
    def without(self, *services: str) -> Iterator[None]:
        """The services are stopped inside, and healthy again afterwards."""
        self.run("docker", "compose", "stop", *services)
        try:
            yield
        finally:
            self.run("docker", "compose", "up", "-d", "--wait", *services)

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        """The service takes connections inside, and responds to nothing."""
        self.run("docker", "compose", "pause", service)
        try:
            yield
        finally:
            self.run("docker", "compose", "unpause", service)
