"""The running stack keeps telemetry.yaml: after a day in the shop with every fault, each signal has been seen, with
the labels and values that are listed and no others.
"""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from tests.support import engines
from tests.support.day import Day
from tests.support.polling import eventually
from tests.support.stack import Stack
from tools import telemetry

SOON = 30  # seconds; most of it has happened minutes ago
HOUR = 3600
METRICS = telemetry.metrics()
SPANS = telemetry.spans()
EVENTS = telemetry.events()
Series = dict[str, list[dict[str, str]]]
#: Services that other tests make up.
MADE_UP = {"careless-service"}
#: An alert has others, those of the series that it is about.
OF_EVERY_ALERT = {"alertname", "alertstate", "severity", "team"}
#: What Prometheus adds to every target, whoever it is.
OF_SCRAPES = re.compile(r"scrape_\w+|up|ALERTS_FOR_STATE")
#: What each record has in Loki beside its own fields.
OF_RECORDS = re.compile(
    r"(service|deployment|telemetry_sdk|severity|scope)_\w+|detected_level|observed_timestamp|flags|line"
)
#: In the JSON line: what the record in Loki has elsewhere.
OF_LINES = {"timestamp", "level", "message", "service.name"}
KINDS = {"server": "SPAN_KIND_SERVER", "client": "SPAN_KIND_CLIENT", "internal": "SPAN_KIND_INTERNAL"}


@pytest.fixture(scope="module")
def series(day: Day) -> dict[str, list[dict[str, str]]]:
    """The labels of all series since then, by metric."""
    found = defaultdict(list)
    for labels in engines.series('{__name__=~".+"}', since=day.began):
        if labels.get("service") not in MADE_UP and labels.get("service_name") not in MADE_UP:
            found[labels.pop("__name__")].append(labels)
    return found


def shown(things: list[Any]) -> list[Any]:
    """Without what the live test does not wait for."""
    return [thing for thing in things if thing.when != "rare"]


# --- Metrics -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", shown(METRICS), ids=attrgetter("name"))
def test_metric_is_seen_with_the_listed_labels_alone(series: Series, metric: telemetry.Metric) -> None:
    for name in metric.series_names:
        assert series[name], f"{name} has not been seen, though it had {metric.when or 'a normal day'}"
    found = {pair for name in metric.series_names for labels in series[name] for pair in labels.items()}
    if metric.name == "ALERTS":
        found = {(label, value) for label, value in found if label in OF_EVERY_ALERT}
    assert {(label, value) for label, value in found if value not in metric.labels.get(label, ())} == set()
    needed = OF_EVERY_ALERT if metric.name == "ALERTS" else metric.labels.keys()
    assert needed - dict(found).keys() == set()


def test_the_shop_emits_no_other_metric(series: Series) -> None:
    listed = {name for metric in METRICS for name in metric.series_names}
    others = {
        name
        for name, found in series.items()
        if name not in listed and not OF_SCRAPES.fullmatch(name) and any(map(is_ours, found))
    }
    assert not others


def is_ours(labels: dict[str, str]) -> bool:
    """From a service, from the spans of the services, or from their containers."""
    job = labels.get("job", "")
    return job.startswith("webstore/") or job in {"main-service", "cadvisor"} or labels.get("source") == "tempo"


@pytest.mark.parametrize("metric", [one for one in shown(METRICS) if one.instrument], ids=attrgetter("name"))
def test_type_and_description_are_those_listed(day: Day, metric: telemetry.Metric) -> None:
    name = metric.name.removesuffix("_total")
    found = day.metadata[metric.name] or day.metadata[name]
    assert found == {(metric.type, metric.description)}


def test_series_stay_within_the_budget(day: Day) -> None:
    counts = {
        sample["metric"]["__name__"]: int(sample["value"][1])
        for sample in engines.query('count by (__name__) ({__name__=~".+"})')
    }
    total = sum(counts.values())
    in_memory = engines.value("prometheus_tsdb_head_series")
    print(f"{total} live series of {len(counts)} metrics, {in_memory:g} with those that ended lately; the largest:")
    for name, count in Counter(counts).most_common(12):
        print(f"{count:>7} {name}")
    assert total <= telemetry.BUDGET["series"]
    assert max(counts.values()) <= telemetry.BUDGET["series_of_a_metric"]


# --- Signals of each service -------------------------------------------------------------------------------------


PROMISED = [(service, signal) for service, found in telemetry.SERVICES.items() for signal in found["signals"]]


@pytest.mark.parametrize(("service", "signal"), PROMISED)
def test_every_service_sends_its_signals(day: Day, service: str, signal: str) -> None:
    eventually(lambda: SIGNALS[signal](service), f"{signal} of {service}", SOON)


def exemplars(service: str) -> bool:
    now = time.time()
    expression = f'http_server_request_duration_seconds_bucket{{service_name="{service}"}}'
    return bool(engines.exemplars(expression, since=now - HOUR, until=now))


SIGNALS: dict[str, Callable[[str], object]] = {
    "traces": lambda service: engines.value(f'traces_spanmetrics_calls_total{{service="{service}"}}'),
    "metrics": lambda service: engines.query(f'target_info{{job="webstore/{service}"}}'),
    "logs": lambda service: engines.log_lines(f'{{service_name="{service}"}}', since=time.time() - HOUR),
    "profiles": lambda service: engines.profile_types(service) == set(telemetry.SERVICES[service]["profiles"]),
    "exemplars": exemplars,
}


# --- Traces ------------------------------------------------------------------------------------------------------


def test_spans_are_those_listed(series: Series) -> None:
    listed = {(span.service, span.name, KINDS[span.kind]) for span in SPANS}
    needed = {(span.service, span.name, KINDS[span.kind]) for span in shown(SPANS)}
    seen = {
        (labels["service"], labels["span_name"], labels["span_kind"])
        for labels in series["traces_spanmetrics_calls_total"]
    }
    assert needed - seen == set()
    assert {span for span in seen - listed if not is_unrouted(*span)} == set()


def is_unrouted(service: str, name: str, kind: str) -> bool:
    """A request that no route matches is named after its method."""
    return kind == KINDS["server"] and name in telemetry.CONTRACT["values"]["methods"]


@pytest.mark.parametrize("span", shown(SPANS), ids=lambda span: f"{span.service} {span.name}")
def test_span_has_its_attributes(day: Day, span: telemetry.Span) -> None:
    query = f'{{ resource.service.name = "{span.service}" && name = "{span.name}" && kind = {span.kind} }}'

    def found() -> bool:
        trace_ids = engines.search(query, since=day.began)
        spans = [one for trace_id in trace_ids for one in engines.trace(trace_id)]
        of_name = [one for one in spans if (one.service, one.name) == (span.service, span.name)]
        return any(set(span.attributes) <= one.attributes.keys() for one in of_name)

    eventually(found, f"{query} with {span.attributes}", SOON)


def test_a_purchase_is_one_trace_with_the_listed_edges(day: Day) -> None:
    def edges() -> set[telemetry.Edge]:
        spans = engines.trace(day.purchase)
        places = {span.span_id: (span.service, span.name) for span in spans}
        return {(places[span.parent_id], (span.service, span.name)) for span in spans if span.parent_id in places}

    eventually(lambda: set(telemetry.edges()) <= edges(), f"the edges of {day.purchase}", SOON)


# --- Logs --------------------------------------------------------------------------------------------------------


def test_loki_selects_by_the_listed_labels_alone(day: Day) -> None:
    listed = telemetry.log_labels()
    values_of = engines.log_label_values(since=day.began)
    # Loki's own, such as the number of a busy stream's shard, begin with two underscores.
    found = {label: values for label, values in values_of.items() if not label.startswith("__")}
    assert found.keys() == listed.keys()
    for label, values in found.items():
        assert {value for value in values - MADE_UP if value not in listed[label]} == set()


def test_log_events_are_those_listed(day: Day) -> None:
    counted = engines.log_counts(
        "sum by (service_name, event_name, detected_level) "
        f'(count_over_time({{service_namespace="webstore"}} | event_name != "" [{int(time.time() - day.began)}s]))'
    )
    seen = {(labels["service_name"], labels["event_name"], labels["detected_level"]) for labels in counted}
    listed = {(event.service, event.name, level) for event in EVENTS for level in event.levels}
    assert seen - listed == set()
    needed = {(event.service, event.name) for event in shown(EVENTS)}
    assert needed - {(service, name) for service, name, _ in seen} == set()


@pytest.mark.parametrize("event", shown(EVENTS), ids=lambda event: f"{event.service} {event.name}")
def test_log_event_has_the_listed_fields_alone(day: Day, event: telemetry.Event) -> None:
    lines = engines.log_lines(f'{{service_name="{event.service}"}} | event_name="{event.name}"', since=day.began)
    seen = {field for line in lines for field in line if not OF_RECORDS.fullmatch(field)}
    listed = {as_in_loki(field) for field in [*event.fields, *telemetry.CONTRACT["logs"]["fields"]]}
    assert seen - listed == set()
    assert {as_in_loki(field) for field in event.fields} - seen == set()


@pytest.mark.parametrize("service", sorted(telemetry.SERVERS))
def test_a_line_on_stdout_is_the_record_in_loki(stack: Stack, day: Day, service: str) -> None:
    output = stack.run("docker", "compose", "logs", "--no-log-prefix", "--tail=200", service)
    said = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    line = next(line for line in reversed(said) if "event.name" in line and "trace_id" in line)
    selector = f'{{service_name="{service}"}} | span_id="{line["span_id"]}" | event_name="{line["event.name"]}"'
    stored = eventually(lambda: engines.log_lines(selector, since=day.began), selector, SOON)[-1]
    assert (stored["line"], stored["detected_level"]) == (line["message"], line["level"])
    fields = {as_in_loki(name): value for name, value in line.items() if name not in OF_LINES}
    assert {name: stored.get(name) for name in fields} == {name: as_text(value) for name, value in fields.items()}
    assert {name for name in stored if not OF_RECORDS.fullmatch(name)} - fields.keys() == set()


def as_in_loki(name: str) -> str:
    return name.replace(".", "_")


def as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
