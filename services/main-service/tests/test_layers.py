"""The domain's rules need no web framework and no telemetry SDK, also not by way of other modules of the service."""

import ast
from pathlib import Path

import pytest
import webstore

PACKAGE = Path(webstore.__file__).parent
FORBIDDEN = ("fastapi", "starlette", "opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.instrumentation")
DOMAIN = sorted((PACKAGE / "domain").glob("*.py"))


def test_the_rule_can_fail():
    """It sees imports of all kinds; the web layer breaks it."""
    assert any(is_forbidden(name) for name in reachable(PACKAGE / "http/orders.py"))


@pytest.mark.parametrize("module", DOMAIN, ids=lambda path: path.stem)
def test_the_domain_knows_no_framework(module):
    assert {name: way for name, way in reachable(module).items() if is_forbidden(name)} == {}


def reachable(start: Path) -> dict[str, list[str]]:
    """What a module imports, itself or by way of the service's other modules: names with the way to each."""
    found: dict[str, list[str]] = {}
    to_read = [(start, [start.stem])]
    while to_read:
        path, way = to_read.pop()
        for name in imports(path) - found.keys():
            found[name] = way
            if source := source_of(name):
                to_read.append((source, [*way, name]))
    return found


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    # Both, as what is imported from a package may be one of its modules.
    return plain | {str(node.module) for node in froms} | {f"{n.module}.{a.name}" for n in froms for a in n.names}


def source_of(name: str) -> Path | None:
    path = PACKAGE.parent / name.replace(".", "/")
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.exists()), None)


def is_forbidden(name: str) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in FORBIDDEN)
