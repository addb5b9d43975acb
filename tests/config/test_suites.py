"""Suites share their helpers through tests/support, and each can be changed or left out without the others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tools.test import BUDGETS, SUITES

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
