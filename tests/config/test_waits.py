"""No test waits for a time: each waits for a condition or an event, through the one helper of its language."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT

#: The polling helper of each part, which may not exist yet; only these files sleep.
HELPERS = {
    "tests": "tests/support/polling.py",
    "services/payments-service": "services/payments-service/internal/testkit/polling.go",
    "services/external": "services/external/shared/tests/support/polling.js",
    "services/promotions-service": "services/promotions-service/tests/Support/Eventually.cs",
    "frontend": "frontend/tests/support/polling.ts",
}
#: This file quotes what it forbids.
QUOTED = "tests/config/test_waits.py"

#: Who may use the functions of the helper that take a time: what stands for latency, blocks, or is measured.
TIMED = {
    "delay_on_loop": {"services/main-service/tests/peer.py"},
    "block_thread": {"services/main-service/tests/test_gauges.py"},
    "stand_idle": {"tests/load/telemetry_price.py", "tests/stack/test_browser_outages.py"},
}

#: Folders of generated or installed files.
NOT_OURS = {"node_modules", "dist", "bin", "obj", "__pycache__"}
TEST_FILE = re.compile(
    r"""(?x) tests/.+\.py | services/[^/]+/tests/.+\.(?:py|cs)
      | services/payments-service/(?:.+_test|internal/testkit/.+)\.go
      | services/external/[^/]+/tests/.+\.[cm]?[jt]s
      | frontend/(?:.+/)?(?:(?:tests?|e2e|__tests__)/.+|[^/]+\.(?:test|spec))\.[cm]?[jt]sx?"""
)
#: What waits for a time, by the ending of the file's name.
FORBIDDEN = {
    "go": re.compile(r"\btime\.(?:Sleep|After|Tick|NewTimer|NewTicker)\b|^\s*(?:import )?[\w.]+ \"time\"$"),
    # Not the names of timers that a test fakes.
    "js": re.compile(
        r"\b(?:setTimeout|setInterval|waitForTimeout|sleep)\b(?!' as const)|\btimers/promises\b|\bAtomics\.wait"
    ),
    "cs": re.compile(r"\bThread\.Sleep\b|\bTask\.Delay\b|\bSpinWait\b|\bPeriodicTimer\b"),
}

# Python's forms. A name that is imported under another one is resolved first.
SLEEPS = {"sleep", "sleep_until", "wait_for_timeout"}
EVENTS = {"asyncio.Event", "anyio.Event", "threading.Event", "multiprocessing.Event"}


def test_files() -> Iterator[str]:
    """Paths from the root."""
    for top in ("tests", "services", "frontend"):
        for folder, subfolders, names in os.walk(ROOT / top):
            subfolders[:] = [name for name in subfolders if name not in NOT_OURS and not name.startswith(".")]
            paths = (Path(folder, name).relative_to(ROOT).as_posix() for name in names)
            yield from filter(TEST_FILE.fullmatch, paths)


test_files.__test__ = False  # type: ignore[attr-defined]


def waits(sources: dict[str, str]) -> list[str]:
    """File, line and text of each fixed wait; the sources are given by path."""
    trees = {path: ast.parse(text) for path, text in sources.items() if path.endswith(".py")}
    shared = {name for tree in trees.values() for name in Names(tree).event_attributes}
    return [
        f"{path}:{number}: {text.splitlines()[number - 1].strip()}"
        for path, text in sources.items()
        for number in sorted(_in_python(trees[path], shared) if path in trees else _in_text(path, text))
    ]


def _in_text(path: str, text: str) -> Iterator[int]:
    ending = path.rsplit(".", 1)[1]
    forbidden = FORBIDDEN.get(ending, FORBIDDEN["js"])
    return (number for number, line in enumerate(text.splitlines(), start=1) if forbidden.search(line))


def _in_python(tree: ast.Module, shared: set[str]) -> set[int]:
    """`shared` are the attributes, of any class of the tests, that are events."""
    names = Names(tree)
    yields = {id(call.func) for call in _calls(tree) if _is_yield(call)}
    references = [node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute)]
    sleeps = {
        node.lineno
        for node in references
        if id(node) not in yields and names.resolved(node).rsplit(".", 1)[-1] in SLEEPS
    }
    return sleeps | {call.lineno for call in _calls(tree) if names.is_wait(call, shared)}


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_yield(call: ast.Call) -> bool:
    """`sleep(0)`, which lets the other tasks of the event loop have a turn."""
    zero = [argument.value for argument in call.args if isinstance(argument, ast.Constant)] == [0]
    return zero and len(call.args) == 1 and not call.keywords


class Names:
    """What the names of a module stand for."""

    def __init__(self, tree: ast.Module):
        nodes = list(ast.walk(tree))
        self._imported = dict(pair for node in nodes for pair in _imports(node))
        self._local = {name for node in nodes for name in self._events(node, ast.Name)}
        self.event_attributes = {name for node in nodes for name in self._events(node, ast.Attribute)}
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                self.event_attributes |= {name for field in node.body for name in self._events(field, ast.Name)}

    def resolved(self, node: ast.expr) -> str:
        """`t.sleep` is `time.sleep` after `import time as t`; empty for what is no name."""
        if isinstance(node, ast.Attribute):
            return f"{self.resolved(node.value)}.{node.attr}"
        return self._imported.get(node.id, node.id) if isinstance(node, ast.Name) else ""

    def is_wait(self, call: ast.Call, shared: set[str]) -> bool:
        """On an event, or asyncio.wait with a time-out, which is no failure. A thread may wait for ever."""
        if self.resolved(call.func) == "asyncio.wait":
            return any(keyword.arg == "timeout" for keyword in call.keywords)
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "wait":
            return False
        match call.func.value:
            case ast.Call(func=made):
                is_for_ever = self.resolved(made) == "threading.Event" and not call.args and not call.keywords
                return self.resolved(made) in EVENTS and not is_for_ever
            case ast.Attribute(attr=name):
                return name in shared
            case ast.Name(id=name):
                return name in self._local
        return False

    def _events(self, node: ast.AST, kind: type[ast.Name | ast.Attribute]) -> Iterator[str]:
        """Names of that kind to which the node binds an event."""
        match node:
            case ast.Assign(targets=targets, value=ast.Call(func=made)):
                bound, declared = targets, made
            case ast.AnnAssign(target=target, annotation=annotation):
                bound, declared = [target], annotation
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                bound, declared = [ast.Name(name)], annotation
            case _:
                return
        if self.resolved(declared) in EVENTS:
            yield from (_last(target) for target in bound if isinstance(target, kind))


def _last(target: ast.expr) -> str:
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=names):
            yield from ((one.asname, one.name) for one in names if one.asname)
        case ast.ImportFrom(module=str() as module, names=names):
            yield from ((one.asname or one.name, f"{module}.{one.name}") for one in names)


def test_only_the_helpers_wait_for_a_time():
    paths = [path for path in test_files() if path not in {*HELPERS.values(), QUOTED}]
    found = waits({path: (ROOT / path).read_text() for path in paths})
    assert not found, "\n".join(found)


@pytest.mark.parametrize("function", TIMED)
def test_only_simulations_and_measurements_take_a_time(function):
    exempt = {*HELPERS.values(), QUOTED}
    users = {path for path in test_files() if path not in exempt and function in (ROOT / path).read_text()}
    assert users == TIMED[function]


@pytest.mark.parametrize("part", HELPERS)
def test_a_helper_is_where_it_is_listed(part):
    assert (ROOT / HELPERS[part]).exists() or not (ROOT / part / "tests").exists()


def test_every_suite_is_searched():
    folders = {path.rsplit("/", 1)[0] for path in test_files()}
    assert folders >= {
        "tests/contract",
        "tests/stack",
        "tests/load",
        "services/main-service/tests",
        "services/payments-service",
        "services/payments-service/internal/testkit",
        "services/external/shared/tests/support",
    }


@pytest.mark.parametrize(
    "path",
    [
        "services/promotions-service/tests/Unit/CouponTests.cs",
        "frontend/tests/cart.spec.ts",
        "frontend/src/cart.test.tsx",
        "frontend/e2e/pages/cart.ts",
    ],
)
def test_suites_to_come_are_searched(path):
    assert TEST_FILE.fullmatch(path)


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1)",
        "import time as t\nt.sleep(0.1)",
        "from time import sleep\nsleep(1)",
        "from time import sleep as nap\nnap(1)",
        "import time\nnap = time.sleep",
        "import asyncio\nawait asyncio.sleep(0.01)",
        "from asyncio import sleep\nawait sleep(delay)",
        "import anyio\nawait anyio.sleep(1)",
        "import asyncio\nawait asyncio.sleep(0 + 1)",
        "import asyncio\nawait asyncio.sleep(0, delay=1)",
        "page.wait_for_timeout(500)",
        "import threading\nthreading.Event().wait(5)",
        "from threading import Event\nEvent().wait(timeout=5)",
        "import threading\nstopped = threading.Event()\nstopped.wait(1)",
        "import asyncio\ndone = asyncio.Event()\nawait done.wait()",
        "import asyncio\nawait asyncio.wait_for(asyncio.Event().wait(), 1)",
        "import asyncio\nclass Fake:\n    told: asyncio.Event\nawait fake.told.wait()",
        "import asyncio\ndef make(fake):\n    fake.told = asyncio.Event()\nawait fake.told.wait()",
        "import asyncio\nasync def until(event: asyncio.Event): await event.wait()",
        "import asyncio\nawait asyncio.wait(calls, timeout=1)",
    ],
)
def test_each_form_is_found_in_python(source):
    number = len(source.splitlines())
    assert waits({"test_it.py": source}) == [f"test_it.py:{number}: {source.splitlines()[-1].strip()}"]


def test_an_event_of_another_file_is_found():
    fake = "import asyncio\nclass Fake:\n    told: asyncio.Event"
    assert waits({"fake.py": fake, "test_it.py": "await fake.told.wait()"}) == ["test_it.py:1: await fake.told.wait()"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("it_test.go", "time.Sleep(time.Second)"),
        ("it_test.go", "<-time.After(delay)"),
        ("it_test.go", "ticker := time.NewTicker(delay)"),
        ("it_test.go", "timer := time.NewTimer(delay)"),
        ("it_test.go", "for range time.Tick(delay) {"),
        ("it_test.go", 'import clock "time"'),
        ("it.test.js", "import { setTimeout as pause } from 'node:timers/promises';"),
        ("it.test.js", "await new Promise((resolve) => setTimeout(resolve, 100));"),
        ("it.test.ts", "setInterval(check, 100);"),
        ("it.spec.ts", "await page.waitForTimeout(500);"),
        ("it.spec.tsx", "await sleep(500);"),
        ("it.test.mjs", "Atomics.wait(cell, 0, 0, 500);"),
        ("ItTests.cs", "Thread.Sleep(500);"),
        ("ItTests.cs", "await Task.Delay(TimeSpan.FromSeconds(1));"),
    ],
)
def test_each_form_is_found_in_other_languages(path, source):
    assert waits({path: source}) == [f"{path}:1: {source}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("test_it.py", "import asyncio\nawait asyncio.sleep(0)"),
        ("test_it.py", "import threading\nthreading.Event().wait()"),
        ("test_it.py", "process.wait(10)\nbarrier.wait()"),
        ("test_it.py", "import asyncio\nawait asyncio.wait(calls)"),
        ("test_it.py", "from tests.support.polling import eventually\neventually(check, 'it is so')"),
        ("it_test.go", "killer := time.AfterFunc(limit, kill)\ntestkit.Eventually(t, check, time.Second, what)"),
        ("it.test.js", "await eventually(() => done, 'it is done');"),
        ("ItTests.cs", "await Polling.Eventually(() => done);"),
    ],
)
def test_what_ends_with_an_event_is_allowed(path, source):
    assert waits({path: source}) == []
