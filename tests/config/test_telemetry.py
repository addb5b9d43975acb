"""telemetry.yaml against the repository: what the code emits is listed, and what anybody asks for is emitted."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.support import faults, promql
from tests.support.documents import CODE, blocks, documents, prose
from tests.support.readers import csharp_constants
from tests.support.repository import DASHBOARDS, DATASOURCES, ROOT, SERVICES, load
from tools import telemetry

METRICS = telemetry.metrics()
EVENTS = telemetry.events()
SPANS = telemetry.spans()
RULES = [
    rule for file in load("prometheus.yml")["rule_files"] for group in load(file)["groups"] for rule in group["rules"]
]
#: What `when` may be beside a fault.
NO_FAULT = {"", "rare"}
#: Sources of each service, as far as they make telemetry.
SOURCES = {
    "main-service": ["main-service/webstore/**/*.py"],
    "payments-service": ["payments-service/internal/**/*.go"],
    "promotions-service": ["promotions-service/*.cs", "promotions-service/*/*.cs"],
    **{
        service: [f"external/{service}/*.js", "external/shared/**/*.js"]
        for service in ("payment-provider", "inventory-system", "crm-system")
    },
    "frontend": ["../frontend/src/**/*.ts", "../frontend/src/**/*.tsx"],
}
#: In C#, telemetry's names are constants of one file.
CSHARP_NAMES = csharp_constants("services/promotions-service/Telemetry/Names.cs")
#: How an instrument is made, in each language; the group is its name.
INSTRUMENT = re.compile(
    r"""(?x) (?: \b_meter\.create_\w+ | \b_seconds | \bLevel  # Python
      | \bmeter\.\w+ | otel\.Meter\(scope\)\.\w+            # Go
      | \.create[A-Z]\w+                                    # JavaScript
      | \bmeter\.Create\w+<\w+> )                          # C#
    \(\s* ["']([\w.]+)["'] """
)
#: How a log event gets its name. A placeholder stands for a part that is known at run time only.
EVENT = re.compile(
    r"""(?x) (?: "event\.name":\s*f? | "event\.name",\s* | 'event\.name':\s* | \bevent\s*=\s* | \bevent:\s* | \bevent\{
      | \bEventName\s*=\s* | \["event\.name"\]\s*=\s*
      | const\ event,\ oldState,\ newState\ =\ | \brecord\w*\((?:request|logger),\s* ) ["'`]([a-z_]+\.[^"'`]+)["'`]
      | \btype:\ 'event',\s+name:\ '(\w+)' # of the pages """
)
PLACEHOLDER = re.compile(r"\$?\{[^}]*\}")
#: Names in prose that are surely meant as metrics.
METRIC_IN_PROSE = re.compile(r"\b(?:webstore_\w+|\w+_(?:total|bucket|seconds|bytes))\b")
#: `prom` is the function of the runbooks, `query` that of the health check.
QUERY_IN_SHELL = re.compile(r"""\b(?:prom '|query '|'query=)([^']+)'|"query=((?:\\.|[^"\\])+)\"""")


@dataclass(frozen=True)
class Asked:
    """A query, and who asks it."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {' '.join(self.text.split())[:80]}"


# --- Queries -----------------------------------------------------------------------------------------------------


def asked_by_dashboards(kind: str) -> Iterator[Asked]:
    for name, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                text = target.get("expr") or target.get("query")
                if panel["datasource"]["type"] == kind and text:
                    yield Asked(f"{name}/{panel['title']}", text)
        for annotation in board["annotations"]["list"]:
            if kind == annotation.get("datasource", {}).get("type") and "expr" in annotation:
                yield Asked(f"{name}/{annotation['name']}", annotation["expr"])


def asked_by_variables() -> Iterator[Asked]:
    for name, board in DASHBOARDS.items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]).groups()
                yield Asked(f"{name}/${variable['name']}", f"count by ({label}) ({metric})")


def asked_by_links() -> Iterator[Asked]:
    """From a span to the metrics of its service."""
    for source in DATASOURCES:
        link = source.get("jsonData", {}).get("tracesToMetrics", {})
        tags = ", ".join(f'{tag["value"]}="any"' for tag in link.get("tags", []))
        for query in link.get("queries", []):
            text = query["query"].replace("$$", "$").replace("$__tags", tags)
            yield Asked(f"{source['name']}/{query['name']}", text)


def asked_by_rules() -> Iterator[Asked]:
    for rule in RULES:
        yield Asked(rule.get("alert") or rule["record"], rule["expr"])


def asked_in_shell() -> Iterator[Asked]:
    """By the health check and by the commands of the pages."""
    scripts = [("health-check.sh", (ROOT / "health-check.sh").read_text())]
    for document in documents():
        scripts += [(document.name, block.text) for block in blocks(document) if block.language == "bash"]
    for where, script in scripts:
        for in_single, in_double in QUERY_IN_SHELL.findall(script):
            text = in_single or in_double.replace('\\"', '"')
            if "$1" not in text:
                yield Asked(where, text)


def is_logql(asked: Asked) -> bool:
    return asked.text.lstrip().startswith("{") and "__name__" not in asked.text


#: By who asks.
PROMQL = {
    "dashboards": [*asked_by_dashboards("prometheus")],
    "variables": [*asked_by_variables()],
    "links": [*asked_by_links()],
    "rules": [*asked_by_rules()],
    "commands": [asked for asked in asked_in_shell() if not is_logql(asked)],
}
LOGQL = [*asked_by_dashboards("loki"), *(asked for asked in asked_in_shell() if is_logql(asked))]


# --- What is known -----------------------------------------------------------------------------------------------


@cache
def known_labels() -> dict[str, set[str]]:
    """The labels of every series, by name; those of recorded ones follow from their rules."""
    found = {
        name: set(metric.labels) - (set() if name.endswith("_bucket") else {"le"})
        for metric in METRICS
        for name in metric.series_names
    }
    for rule in RULES:
        if "record" in rule:
            own = promql.labels(rule["expr"], lambda name: _matching(found, name)) - {"__name__"}
            found[rule["record"]] = found.get(rule["record"], set()) | own | set(rule.get("labels", {}))
    return found


def _matching(found: dict[str, set[str]], name: re.Pattern[str]) -> dict[str, set[str]]:
    return {metric: labels for metric, labels in found.items() if name.fullmatch(metric)}


def test_everything_is_listed_once():
    names = [metric.name for metric in METRICS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("things", [METRICS, SPANS, EVENTS], ids=["metrics", "spans", "events"])
def test_what_shows_it_is_a_fault(things):
    assert things
    known = {name for name in vars(faults) if callable(getattr(faults, name))} | NO_FAULT
    assert [f"{thing.name}: {thing.when}" for thing in things if thing.when not in known] == []


def test_services_are_those_that_are_built():
    assert telemetry.SERVICES.keys() == SOURCES.keys() <= SERVICES.keys()
    assert {thing.service for thing in [*SPANS, *EVENTS]} == SOURCES.keys()


# --- What is asked for is listed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("source", PROMQL)
def test_metrics_and_labels_of_a_query_are_listed(source):
    assert PROMQL[source]
    assert [problem for asked in PROMQL[source] if (problem := _problem(asked))] == []


def _problem(asked: Asked) -> str:
    """Empty when there is none."""
    try:
        promql.labels(asked.text, lambda name: _matching(known_labels(), name))
    except (promql.Unknown, ValueError) as error:
        return f"{asked}: {error}"
    return ""


@pytest.mark.parametrize("asked", LOGQL, ids=str)
def test_labels_and_events_of_a_log_query_are_listed(asked):
    selector = re.match(r".*?\{([^}]*)\}", asked.text, re.DOTALL)[1]
    assert set(re.findall(r"(\w+)\s*[=!]", selector)) <= telemetry.log_labels().keys()
    for pattern in event_patterns(asked.text):
        assert [event for event in EVENTS if re.fullmatch(pattern, event.name)], pattern


def event_patterns(logql: str) -> Iterator[str]:
    """Each must match something, and so must each alternative."""
    for operator, _, wanted in re.findall(r"""event_name\s*(=~?)\s*(["`])(.+?)\2""", logql):
        if operator == "=":
            yield re.escape(wanted)
        else:
            yield from [wanted] if "(" in wanted else wanted.split("|")


@pytest.mark.parametrize("asked", list(asked_by_dashboards("tempo")), ids=str)
def test_services_of_a_trace_query_are_listed(asked):
    assert set(re.findall(r'resource\.service\.name = "([^"]+)"', asked.text)) <= SOURCES.keys()


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_metrics_named_in_a_page_are_listed(document):
    named = set(METRIC_IN_PROSE.findall(" ".join(CODE.findall(prose(document)))))
    assert named <= known_labels().keys() | {metric.name for metric in METRICS}


def test_every_metric_of_the_shop_is_looked_at():
    """By a panel or an alert: what nobody looks at need not be measured."""
    queries = [asked.text for source in PROMQL.values() for asked in source]
    words = {word for text in queries for word in re.findall(r"[\w:]+", text)}
    assert [metric.name for metric in METRICS if metric.instrument and words.isdisjoint(metric.series_names)] == []


# --- What the code emits is listed -------------------------------------------------------------------------------


def sources(service: str) -> str:
    paths = [path for pattern in SOURCES[service] for path in (ROOT / "services").glob(pattern)]
    text = "\n".join(path.read_text() for path in sorted(paths) if is_shipped(path))
    return re.sub(r"\bNames(?:\.\w+)+", lambda name: f'"{CSHARP_NAMES.get(name[0].removeprefix("Names."), "")}"', text)


def is_shipped(path: Path) -> bool:
    return not {"tests", "testkit", "testing"} & {*path.parts} and not re.search(r"_test\.go$|\.test\.tsx?$", path.name)


def test_every_instrument_is_listed():
    made = {name for service in SOURCES for name in INSTRUMENT.findall(sources(service))}
    assert made == {metric.instrument for metric in METRICS} - {""}


@pytest.mark.parametrize("service", SOURCES)
def test_every_log_event_is_listed(service):
    """And has a place in the code."""
    named = [as_pattern("".join(names)) for names in EVENT.findall(sources(service))]
    listed = [event.name for event in EVENTS if event.service == service]
    assert [pattern for pattern in named if not any(re.fullmatch(pattern, event) for event in listed)] == []
    assert [event for event in listed if not any(re.fullmatch(pattern, event) for pattern in named)] == []


def as_pattern(name: str) -> str:
    return r"[\w.-]+".join(map(re.escape, PLACEHOLDER.split(name)))


# --- The page ----------------------------------------------------------------------------------------------------


def test_the_page_is_what_its_source_generates():
    command = [sys.executable, "-m", "tools.telemetry_docs", "--check"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
