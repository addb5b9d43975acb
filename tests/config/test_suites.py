"""Suites share their helpers through tests/support, and each can be changed or left out without the others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tools.test import BUDGETS, FAILURE, SUITES

FILES = sorted([*ROOT.glob("tests/*/*.py"), *ROOT.glob("services/main-service/tests/*.py")])


def imported(path: Path) -> Iterator[str]:
    """The folders of tests/ that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "tests"
                else [node.module or ""]
            )
        yield from (name.split(".")[1] for name in names if name.startswith("tests."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_suite_imports_another(path: Path) -> None:
    assert set(imported(path)) <= {"support", path.parent.name}


def test_every_suite_has_a_budget() -> None:
    assert BUDGETS.keys() == SUITES.keys()


@pytest.mark.parametrize(
    "line",
    [
        "FAILED tests/stack/test_panels.py::test_panel_shows_data[Orders] - AssertionError: no data",
        "ERROR tests/stack/test_docs.py::test_command_runs - TimeoutError",
        "    --- FAIL: TestRetry (0.12s)",
        "✖ a declined card is no error (3.2ms)",
        " FAIL  src/cart/cart.test.ts > cart > merges once",
        "failed Webstore.Promotions.Tests.CouponTests.Expired (12ms)",
    ],
)
def test_summary_names_the_failed_tests_of_every_language(line: str) -> None:
    assert FAILURE.findall(f"before\n{line}\nafter\n") == [line]
