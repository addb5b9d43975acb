"""telemetry.yaml as data, for the tests that hold code and stack against it and for the page that is made of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tools.local_shop import ROOT

#: Suffixes of the series that a histogram is in Prometheus.
HISTOGRAM = ("_bucket", "_count", "_sum")


@dataclass(frozen=True)
class Values:
    """What a label may be: one of a list, or all that a regular expression matches."""

    allowed: tuple[str, ...]
    pattern: str | None

    def __contains__(self, value: str) -> bool:
        return bool(re.fullmatch(self.pattern, value)) if self.pattern is not None else value in self.allowed


@dataclass(frozen=True)
class Metric:
    """`instrument` is its name in the shop's code, empty for others'. `when` shows it, empty for a normal day."""

    name: str
    group: str
    type: str
    unit: str
    description: str
    labels: dict[str, Values]
    instrument: str
    when: str

    @property
    def series_names(self) -> list[str]:
        return [self.name + suffix for suffix in HISTOGRAM] if self.type == "histogram" else [self.name]


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    kind: str
    attributes: list[str]
    when: str


@dataclass(frozen=True)
class Event:
    service: str
    name: str
    levels: list[str]
    fields: list[str]
    when: str


#: Service and name of a span, and of one that it calls.
Place = tuple[str, str]
Edge = tuple[Place, Place]

CONTRACT: dict[str, Any] = yaml.safe_load((ROOT / "telemetry.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = CONTRACT["services"]
#: Those that requests come to; the pages only send some.
SERVERS = [
    service for service, found in CONTRACT["spans"].items() if any(span["kind"] == "server" for span in found.values())
]
BUDGET: dict[str, int] = CONTRACT["budget"]


def metrics() -> list[Metric]:
    return [_metric(group, name, found) for group in CONTRACT["metrics"] for name, found in group["metrics"].items()]


def spans() -> list[Span]:
    return [
        Span(service, name, found["kind"], _flat(found.get("attributes", [])), found.get("when", ""))
        for service, names in CONTRACT["spans"].items()
        for name, found in names.items()
    ]


def edges() -> list[Edge]:
    """Of a purchase."""
    return list(_edges(CONTRACT["purchase"]))


def events() -> list[Event]:
    return [
        Event(service, name, _flat(found["level"]), _flat(found.get("fields", [])), found.get("when", ""))
        for service, names in CONTRACT["logs"]["events"].items()
        for name, found in names.items()
    ]


def log_labels() -> dict[str, Values]:
    return labels(CONTRACT["logs"]["labels"])


def labels(found: dict[str, Any]) -> dict[str, Values]:
    """As telemetry.yaml writes them."""
    return {label: _values(values) for label, values in found.items()}


def _metric(group: dict[str, Any], name: str, found: dict[str, Any]) -> Metric:
    return Metric(
        name=name,
        group=group["group"],
        type=found["type"],
        unit=found["unit"],
        description=found["description"],
        labels=labels({**group["labels"], **found.get("labels", {})}),
        instrument=found.get("instrument", ""),
        when=found.get("when", ""),
    )


def _values(found: str | list[Any]) -> Values:
    return Values((), found) if isinstance(found, str) else Values(tuple(_flat(found)), None)


def _flat(found: Any) -> list[str]:
    """A list may hold others, which YAML's anchors stand for."""
    return [one for part in found for one in _flat(part)] if isinstance(found, list) else [found]


def _edges(tree: dict[str, Any]) -> Iterator[Edge]:
    for parent, children in tree.items():
        for child in children or {}:
            yield _place(parent), _place(child)
        yield from _edges(children or {})


def _place(text: str) -> Place:
    service, _, name = text.partition(" ")
    return service, name
