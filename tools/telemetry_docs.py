"""Writes docs/04_TELEMETRY.md from telemetry.yaml. With --check: writes nothing, and exits 1 when the page differs."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from tools import telemetry
from tools.local_shop import ROOT
from tools.telemetry import CONTRACT, SERVICES, Values

PAGE = ROOT / "docs/04_TELEMETRY.md"
INTRODUCTION = """# Telemetry

Everything that the services tell of themselves and that dashboards, alerts and pages rely on. This page is generated
from [telemetry.yaml](../telemetry.yaml), the contract that tests hold against the code and against the running stack:
what is listed here is emitted, with these labels and values and no others.

A metric, a span or an event that a quiet day does not show has, in *shown by*, the fault that does
(`tests/support/faults.py`). `rare` is a defect of the program, or takes long, a new user or
another environment.

To change something, change telemetry.yaml with the code, then:

```bash
make telemetry-docs
```
"""
#: What all metrics of a group have.
LABELS_OF_GROUP: dict[str, dict[str, Any]] = {group["group"]: group["labels"] for group in CONTRACT["metrics"]}
#: More values than these make a table unreadable.
MOST_VALUES = 8


def page() -> str:
    parts = [INTRODUCTION, *services(), *spans(), *purchase(), *metrics(), *logs()]
    return "\n".join(parts)


def services() -> Iterator[str]:
    yield "## Services\n"
    signals = ["traces", "metrics", "logs", "profiles", "exemplars"]
    rows = [
        [
            f"`{name}`",
            found["language"],
            *("yes" if signal in found["signals"] else "" for signal in signals),
            ", ".join(found["profiles"]),
        ]
        for name, found in SERVICES.items()
    ]
    yield table(["service", "language", *signals, "types of profiles"], rows)
    yield (
        "The SDK for Node.js has no exemplars. Profiles of Python and Go are linked to the span that they were taken\n"
        "in; those of Node.js belong to the service as a whole. C# has none: its profiler is a native\n"
        "library, which is not part of the image.\n"
    )


def spans() -> Iterator[str]:
    yield "## Spans\n"
    yield (
        "Attributes are those worth searching for; a span has more. A request that no route matches is named after\n"
        "its method.\n"
    )
    for service, found in groupby(telemetry.spans(), lambda span: span.service):
        yield f"### Spans of {service}\n"
        rows = [[f"`{span.name}`", span.kind, code(span.attributes), shown_by(span.when)] for span in found]
        yield table(["span", "kind", "attributes", "shown by"], rows)


def purchase() -> Iterator[str]:
    yield "## The trace of a purchase\n"
    yield "A span stands below the one that called it. The calls of PostgreSQL and Redis are left out.\n"
    yield "```text"
    yield from tree(CONTRACT["purchase"])
    yield "```\n"


def tree(spans: dict[str, Any], depth: int = 0) -> Iterator[str]:
    for place, below in spans.items():
        yield f"{'  ' * depth}{place}"
        yield from tree(below or {}, depth + 1)


def metrics() -> Iterator[str]:
    yield "## Metrics\n"
    yield (
        "Names are those in Prometheus; a histogram stands for its `_bucket`, `_sum` and `_count`. *In the code* is\n"
        "the name of the instrument. All live series together stay below "
        f"{telemetry.BUDGET['series']}, those of one metric below {telemetry.BUDGET['series_of_a_metric']}.\n"
    )
    for name, found in groupby(telemetry.metrics(), lambda metric: metric.group):
        yield f"### {name}\n"
        of_all = LABELS_OF_GROUP[name]
        if of_all:
            yield f"Labels of all: {label_texts(telemetry.labels(of_all))}.\n"
        rows = [
            [
                f"`{metric.name}`" + (f"<br>in the code `{metric.instrument}`" if metric.instrument else ""),
                metric.type,
                f"`{metric.unit}`" if metric.unit else "",
                label_texts({label: values for label, values in metric.labels.items() if label not in of_all}),
                metric.description.rstrip("."),
                shown_by(metric.when),
            ]
            for metric in found
        ]
        yield table(["metric", "type", "unit", "labels", "what it is", "shown by"], rows)


def logs() -> Iterator[str]:
    yield "## Log events\n"
    yield (
        f"Loki selects by {label_texts(telemetry.log_labels())}.\n"
        "All else is structured metadata, with underscores for dots.\n"
        f"Every record has {code(CONTRACT['logs']['fields'])}; these are the others.\n"
    )
    for service, found in groupby(telemetry.events(), lambda event: event.service):
        yield f"### Log events of {service}\n"
        rows = [
            [f"`{event.name}`", ", ".join(event.levels), code(event.fields), shown_by(event.when)] for event in found
        ]
        yield table(["event.name", "level", "fields", "shown by"], rows)


def label_texts(labels: dict[str, Values]) -> str:
    return "; ".join(f"`{label}` {value_text(values)}".strip() for label, values in labels.items() if label != "le")


def value_text(values: Values) -> str:
    if values.pattern is not None or len(values.allowed) > MOST_VALUES:
        return ""
    return "(" + ", ".join(value or "empty" for value in values.allowed) + ")"


def shown_by(when: str) -> str:
    return f"`{when}`" if when else ""


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def table(headings: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.telemetry_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        PAGE.write_text(page())
        return 0
    if PAGE.exists() and PAGE.read_text() == page():
        return 0
    print(f"{PAGE.relative_to(ROOT)} differs from telemetry.yaml: run make telemetry-docs", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
