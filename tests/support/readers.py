"""Values as the repository's files have them, in whatever language: a reader for each way to write one down.

A reader gives a list, of one for a single value. One that finds nothing, or more than it should, fails.
"""

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import PurePath
from typing import Any, get_args

import yaml

from tests.support.repository import ROOT

#: Reads a value from a file, given by its path from the root.
Reader = Callable[[str], Any]

SECONDS_IN = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "Millisecond": 0.001, "Second": 1, "Minute": 60}


def text(file: str) -> str:
    return (ROOT / file).read_text()


def python(name: str) -> Reader:
    """A module's constant or, after a dot, its attribute: what a Literal, an enum or a list holds, a mapping's keys."""

    def read(file: str) -> list[Any]:
        module = import_module(".".join(PurePath(file.removeprefix("services/main-service/")).with_suffix("").parts))
        value = module
        for part in name.split("."):
            value = getattr(value, part)
        value = get_args(value) or value
        return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]

    return read


def setting(name: str) -> Reader:
    """The default of a setting of main-service."""
    return lambda file: [import_module("webstore.config").Settings.model_fields[name].default]


def literal(pattern: str) -> Reader:
    """The strings and numbers in the group of the one place that the pattern matches."""

    def read(file: str) -> list[Any]:
        found = re.findall(pattern, text(file))
        assert len(found) == 1, f"{file} has {len(found)} places like {pattern}"
        values = values_in(found[0])
        assert values, f"{file} has no values in {found[0]}"
        return values

    return read


def every(pattern: str) -> Reader:
    """The groups of each place that the pattern matches."""

    def read(file: str) -> list[Any]:
        found = re.findall(pattern, text(file), re.MULTILINE)
        assert found, f"{file} has no place like {pattern}"
        return [number(one) for groups in found for one in ([groups] if isinstance(groups, str) else groups) if one]

    return read


def same(pattern: str) -> Reader:
    """The value that each place has which the pattern matches, once."""
    return lambda file: sorted(set(every(pattern)(file)))


def at(*path: Any) -> Reader:
    """The value under these keys of a YAML file: a list, the keys of a mapping, or a time in seconds."""

    def read(file: str) -> list[Any]:
        value = yaml.safe_load(text(file))
        for key in path:
            value = value[key]
        return list(value) if isinstance(value, list | dict) else [seconds(value)]

    return read


def go_time(name: str) -> Reader:
    """A constant, or a field of a literal, in seconds."""

    def read(file: str) -> list[float]:
        found = re.findall(rf"\b{name}\s*[=:]\s+(?:(\d+) \* )?time\.(\w+)", text(file))
        assert len(found) == 1, f"{file} has {len(found)} times called {name}"
        [(count, unit)] = found
        return [int(count or 1) * SECONDS_IN[unit]]

    return read


def csharp_constants(file: str) -> dict[str, str]:
    """The string constants of a class and of the classes in it, by their names within it, such as `Events.Started`."""
    found, classes = {}, [""]
    declaration = re.compile(r'^((?: {4})*)public (?:static class (\w+)|const string (\w+) = "([^"]*)")', re.MULTILINE)
    for indent, inner, name, value in declaration.findall(text(file)):
        depth = len(indent) // 4
        if inner:
            classes[depth:] = [inner]
        else:
            found[".".join([*classes[1:depth], name])] = value
    return found


def js_time(name: str) -> Reader:
    """A constant in milliseconds, in seconds."""
    return lambda file: [value / 1000 for value in literal(rf"\bconst {name} = ([\d_]+);")(file)]


def values_in(source: str) -> list[Any]:
    return [string or number(digits) for string, digits in re.findall(r"""["']([^"']*)["']|(\d[\d_.]*)""", source)]


def number(source: str) -> Any:
    return float(source.replace("_", "")) if re.fullmatch(r"\d[\d_]*(\.\d+)?", source) else source


def seconds(value: Any) -> float:
    duration = re.fullmatch(r"(\d+)(ms|s|m|h)", str(value))
    return int(duration[1]) * SECONDS_IN[duration[2]] if duration else float(value)


def scaled(read: Reader, factor: float) -> Reader:
    return lambda file: [value * factor for value in read(file)]
