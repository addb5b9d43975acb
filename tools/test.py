"""make test, make lint: every suite of the repository, and what came of each.

python -m tools.test                 everything that can run here
python -m tools.test lint go         just these

The stack's tests wait most of the time: for exports, scrapes, containers. The other suites run beside them meanwhile.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tools import chromium, node
from tools.local_shop import EXTERNAL, PAYMENTS, PROMOTIONS, ROOT, install_node_packages

PYTEST = (sys.executable, "-m", "pytest")
BIN = str(Path(sys.executable).parent)
MAIN = "services/main-service"
#: The sources that mypy checks strictly.
TYPED = (f"{MAIN}/main.py", f"{MAIN}/webstore", "tools", "grafana/src")

Counter = Callable[[str], tuple[int, int, int]]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: Characters of each failure's line that the summary repeats.
FAILURE_WIDTH = 240
#: How pytest, Go, Node, .NET and Vitest name a test that failed.
FAILURE = re.compile(
    r"^(?:(?:FAILED|ERROR) \S+::.*|\s*--- FAIL: .*|✖ .*|not ok .*|failed \S.*| FAIL {2}.*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Suite:
    """`count` reads passed, failed and skipped from the output; a linter counts as one test."""

    name: str
    language: str
    command: tuple[str, ...]
    cwd: Path = ROOT
    count: Counter | None = None
    needs: str | None = None


def _numbers(output: str, *patterns: str) -> tuple[int, int, int]:
    """The last match of each pattern for passed, failed, skipped."""
    found = [re.findall(pattern, output) for pattern in patterns]
    passed, failed, skipped = (int(matches[-1]) if matches else 0 for matches in found)
    return passed, failed, skipped


def _pytest(output: str) -> tuple[int, int, int]:
    passed, failed, skipped = _numbers(output, r"(\d+) passed", r"(\d+) failed", r"(\d+) skipped")
    return passed, failed + sum(map(int, re.findall(r"(\d+) errors?\b", output)[-1:])), skipped


def _go(output: str) -> tuple[int, int, int]:
    return tuple(len(re.findall(rf"^\s*--- {end}:", output, re.M)) for end in ("PASS", "FAIL", "SKIP"))  # type: ignore[return-value]


def _dotnet(output: str) -> tuple[int, int, int]:
    return _numbers(output, r"succeeded: (\d+)", r"failed: (\d+)", r"skipped: (\d+)")


def _node(output: str) -> tuple[int, int, int]:
    return _numbers(output, r"(?:#|ℹ) pass (\d+)", r"(?:#|ℹ) fail (\d+)", r"(?:#|ℹ) skipped (\d+)")


def _vitest(output: str) -> tuple[int, int, int]:
    return _numbers(output, r"Tests .*?(\d+) passed", r"Tests .*?(\d+) failed", r"Tests .*?(\d+) skipped")


def _frontend(script: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tools.node", "npm", "--prefix", "frontend", "run", "--silent", script)


#: The analyzers run in every build, and a warning of theirs is an error.
DOTNET_FORMAT = " && ".join(
    [
        "dotnet restore tests --locked-mode --verbosity quiet",
        "dotnet format PromotionsService.csproj --no-restore --verify-no-changes",
        "dotnet format tests/PromotionsService.Tests.csproj --no-restore --verify-no-changes",
    ]
)
SUITES = {
    "lint": (
        Suite("ruff", "lint", (f"{BIN}/ruff", "check", ".")),
        Suite("ruff format", "lint", (f"{BIN}/ruff", "format", "--check", ".")),
        Suite("mypy", "lint", (f"{BIN}/mypy", *TYPED)),
        Suite("gofmt", "lint", ("sh", "-c", 'test -z "$(gofmt -l . | tee /dev/stderr)"'), PAYMENTS, needs="go"),
        Suite("go vet", "lint", ("go", "vet", "./..."), PAYMENTS, needs="go"),
        Suite("staticcheck", "lint", ("go", "tool", "staticcheck", "./..."), PAYMENTS, needs="go"),
        Suite("eslint, prettier", "lint", ("npm", "run", "--silent", "lint"), EXTERNAL, needs="npm"),
        Suite("tsc", "lint", ("npm", "run", "--silent", "typecheck"), EXTERNAL, needs="npm"),
        Suite("eslint, prettier: front end", "lint", _frontend("lint")),
        Suite("tsc: front end", "lint", _frontend("typecheck")),
        Suite("dotnet format", "lint", ("sh", "-c", DOTNET_FORMAT), PROMOTIONS, needs="dotnet"),
        Suite(
            "shellcheck",
            "lint",
            ("sh", "-c", "shellcheck health-check.sh tools/*.sh frontend/nginx/*.sh .ci/run"),
            needs="shellcheck",
        ),
    ),
    "config": (Suite("configuration", "Python", (*PYTEST, "tests/config"), count=_pytest),),
    "python": (Suite("main-service", "Python", (*PYTEST, f"{MAIN}/tests"), count=_pytest),),
    "go": (Suite("payments-service", "Go", ("go", "test", "-race", "-v", "./..."), PAYMENTS, count=_go, needs="go"),),
    "node": (Suite("third parties", "Node", ("npm", "test"), EXTERNAL, count=_node, needs="npm"),),
    "dotnet": (Suite("promotions-service", "C#", ("tools/test_dotnet.sh",), count=_dotnet, needs="dotnet"),),
    "frontend": (Suite("front end", "TypeScript", _frontend("test"), count=_vitest),),
    "contract": (Suite("process level", "Python", (*PYTEST, "tests/contract"), count=_pytest, needs="go"),),
    # -s: what was measured is of use, whether or not it is within the bounds.
    "load": (Suite("price of telemetry", "Python", (*PYTEST, "-s", "tests/load"), count=_pytest, needs="go"),),
    "stack": (Suite("containers", "Python", (*PYTEST, "tests/stack"), count=_pytest, needs="docker"),),
}


#: Minutes that each may take on two processors, with the images built, beside the others; nothing fails above it.
BUDGETS = {
    "lint": 3.0,
    "config": 2.5,
    "python": 4.0,
    "go": 1.0,
    "node": 1.0,
    "dotnet": 2.5,
    "frontend": 1.0,
    "contract": 10.0,
    "load": 2.0,
    "stack": 27.0,
}
#: That which others run beside.
WAITING = "stack"
# The stack's containers and their health checks go first.
BESIDE = ("nice", "-n", "10") if shutil.which("nice") else ()


@dataclass(frozen=True)
class Result:
    suite: Suite
    passed: int
    failed: int
    skipped: int
    seconds: float
    note: str = ""
    failures: tuple[str, ...] = ()


Results = dict[str, list[Result]]


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"There is no suite {', '.join(unknown)}. There are: {', '.join(SUITES)}", file=sys.stderr)
        return 2
    if shutil.which("npm"):
        install_node_packages(print)
    node.install(print)
    start = time.monotonic()
    results = _run_all(names or [*SUITES])
    return _summarise(results, time.monotonic() - start)


def _run_all(names: Sequence[str]) -> Results:
    others = [name for name in names if name != WAITING]
    if not others or len(others) == len(names):
        return _run_lane(names, ())
    with ThreadPoolExecutor() as lanes:
        waiting = lanes.submit(_run_lane, [WAITING], ())
        beside = lanes.submit(_run_lane, others, BESIDE)
    return {**beside.result(), **waiting.result()}


def _run_lane(names: Sequence[str], prefix: Sequence[str]) -> Results:
    """One after the other."""
    return {name: [_run(name, suite, prefix) for suite in SUITES[name]] for name in names}


def _run(name: str, suite: Suite, prefix: Sequence[str]) -> Result:
    _show(name, f"── {suite.language}: {suite.name} ──")
    missing = _missing(suite)
    if missing:
        _show(name, f"skipped: {missing}")
        return _strict(Result(suite, 0, 0, 1, 0.0, missing))
    start = time.monotonic()
    status, shown = _stream(name, suite, prefix)
    output = COLOUR.sub("", shown)
    passed, failed, skipped = suite.count(output) if suite.count else (int(status == 0), int(status != 0), 0)
    note = ""
    if status != 0 and not failed:
        failed, note = 1, f"ended with status {status}"
    if status == 0 and not passed:
        failed, note = 1, "ran no test"
    failures = tuple(dict.fromkeys(FAILURE.findall(output))) if failed else ()
    return _strict(Result(suite, passed, failed, skipped, time.monotonic() - start, note, failures))


def _show(name: str, line: str) -> None:
    """Two suites may speak at once. In one call, so that their lines do not mix."""
    sys.stdout.write(f"{name:>8} │ {line}\n")
    sys.stdout.flush()


def _strict(result: Result) -> Result:
    """On a build machine nothing may be left out: what is skipped there has failed."""
    if "CI" not in os.environ or not result.skipped:
        return result
    return replace(result, failed=result.failed + result.skipped, note=f"skipped on a build machine. {result.note}")


def _missing(suite: Suite) -> str:
    if suite.needs == "docker" and not _docker_answers():
        return "no Docker engine answers"
    if suite.needs == "docker":
        return "" if chromium.executable() else "there is no Chromium here: install chromium, or Google Chrome"
    return "" if not suite.needs or shutil.which(suite.needs) else f"there is no {suite.needs} here"


def _docker_answers() -> bool:
    return bool(shutil.which("docker")) and subprocess.run(["docker", "info"], capture_output=True).returncode == 0  # noqa: S607


def _stream(name: str, suite: Suite, prefix: Sequence[str]) -> tuple[int, str]:
    """Run it, showing its output as it comes."""
    lines = []
    with subprocess.Popen(  # noqa: S603 - the commands above
        (*prefix, *suite.command), cwd=suite.cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            lines.append(line)
            _show(name, line.rstrip("\n"))
    return process.returncode, "".join(lines)


def _summarise(results: Results, seconds: float) -> int:
    every = [result for found in results.values() for result in found]
    print(f"\n{'':<32}{'passed':>8}{'failed':>8}{'skipped':>8}{'minutes':>9}")
    for result in every:
        name = f"{result.suite.language}: {result.suite.name}"
        print(f"{name:<32}{_counts([result])}{result.seconds / 60:>9.1f}  {result.note}")
    print(f"\n{'suite':<32}{'passed':>8}{'failed':>8}{'skipped':>8}{'minutes':>9}{'budget':>8}")
    for name, found in results.items():
        minutes = sum(result.seconds for result in found) / 60
        print(f"{name:<32}{_counts(found)}{minutes:>9.1f}{BUDGETS[name]:>8.1f}")
    print(f"{'all of them, side by side':<32}{_counts(every)}{seconds / 60:>9.1f}")
    # At the end, where whoever has only the last lines of a long run finds them.
    for failure in (failure for result in every for failure in result.failures):
        print(failure[:FAILURE_WIDTH])
    passed, failed, skipped = _totals(every)
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def _counts(results: list[Result]) -> str:
    return "".join(f"{count:>8}" for count in _totals(results))


def _totals(results: list[Result]) -> tuple[int, int, int]:
    """Passed, failed, skipped."""
    return (
        sum(result.passed for result in results),
        sum(result.failed for result in results),
        sum(result.skipped for result in results),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
