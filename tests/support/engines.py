"""The engines' own APIs, as far as the tests ask them."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PROMETHEUS = "http://127.0.0.1:9090"
TEMPO = "http://127.0.0.1:3200"
LOKI = "http://127.0.0.1:3100"
PYROSCOPE = "http://127.0.0.1:4040"
COLLECTOR_METRICS = "http://127.0.0.1:8889/metrics"
CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds"


@dataclass(frozen=True)
class Span:
    """Ids are lower-case hex, empty for none."""

    service: str
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    #: Seconds since 1970.
    start: float
    end: float
    attributes: dict[str, Any]


def text(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def fetch(url: str) -> Any:
    """What the JSON of an answer says."""
    return json.loads(text(url))


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read()))


def query(expression: str, at: float | None = None) -> list[dict[str, Any]]:
    """Samples of an instant PromQL query, now or at a time: each has `metric` and `value`, or `values` of a range."""
    moment = {} if at is None else {"time": at}
    return _prometheus("query", query=expression, **moment)["result"]


def value(expression: str, at: float | None = None) -> float:
    """The sum of an instant PromQL query; 0 without a sample."""
    return sum(float(sample["value"][1]) for sample in query(expression, at))


def series(selector: str, since: float) -> list[dict[str, str]]:
    """The labels, names included, of all series that have had a sample since that time."""
    return list(_prometheus("series", **{"match[]": selector, "start": since, "end": time.time()}))


def metadata() -> dict[str, set[tuple[str, str]]]:
    """Type and description of every metric that a target exposes now, by name."""
    return {name: {(one["type"], one["help"]) for one in found} for name, found in _prometheus("metadata").items()}


def exemplars(expression: str, since: float, until: float) -> list[dict[str, Any]]:
    """Those of all series together; each has `labels` and `value`."""
    found = _prometheus("query_exemplars", query=expression, start=since, end=until)
    return [exemplar for one in found for exemplar in one["exemplars"]]


def targets() -> dict[str, str]:
    """Health of each scrape target by its job and address."""
    active = _prometheus("targets")["activeTargets"]
    return {f"{target['labels']['job']} {target['scrapeUrl']}": target["health"] for target in active}


def rule_groups() -> list[dict[str, Any]]:
    return list(_prometheus("rules")["groups"])


def rules_evaluated_since(moment: float) -> bool:
    """Whether every group of rules was evaluated after a time in seconds since 1970."""
    evaluations = (datetime.fromisoformat(group["lastEvaluation"]) for group in rule_groups())
    return all(evaluation.timestamp() > moment for evaluation in evaluations)


def trace(trace_id: str) -> list[Span]:
    """Its spans so far; none when it is not known."""
    try:
        found = fetch(f"{TEMPO}/api/traces/{trace_id}")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return []
        raise
    return [
        _span(batch, span) for batch in found["batches"] for scope in batch["scopeSpans"] for span in scope["spans"]
    ]


def search(query: str, since: float, limit: int = 5) -> list[str]:
    """Ids of traces that a TraceQL query finds."""
    asked = urllib.parse.urlencode({"q": query, "start": int(since), "end": int(time.time()) + 1, "limit": limit})
    return [found["traceID"] for found in fetch(f"{TEMPO}/api/search?{asked}")["traces"]]


def log_counts(expression: str) -> list[dict[str, str]]:
    """The labels of an instant LogQL query that counts lines."""
    found = _loki("query", query=expression)
    return [sample["metric"] for sample in found["result"]]


def log_label_values(since: float) -> dict[str, set[str]]:
    """What Loki's index has."""
    start = int(since * 1e9)
    return {label: set(_loki(f"label/{label}/values", start=start)) for label in _loki("labels", start=start)}


def log_lines(selector: str, since: float | None = None) -> list[dict[str, str]]:
    """Labels and structured metadata of the newest lines, with the line itself as `line`; by default of ten minutes."""
    start = time.time() - 600 if since is None else since
    streams = _loki("query_range", query=selector, start=int(start * 1e9), limit=500)["result"]
    return [{**stream["stream"], "line": line[1]} for stream in streams for line in stream["values"]]


def profile_types(service: str) -> set[str]:
    """Of the last hour: process_cpu, memory, …"""
    now = int(time.time() * 1000)
    selector = f'{{service_name="{service}"}}'
    asked = {"name": "__profile_type__", "matchers": [selector], "start": now - 3_600_000, "end": now}
    answer = post(f"{PYROSCOPE}/querier.v1.QuerierService/LabelValues", asked)
    return {name.split(":")[0] for name in answer.get("names", [])}


def profile_samples(service: str) -> int:
    """CPU nanoseconds of a service in the last ten minutes."""
    now = int(time.time() * 1000)
    request = {
        "profileTypeID": CPU,
        "labelSelector": f'{{service_name="{service}"}}',
        "start": now - 600_000,
        "end": now,
    }
    answer = post(f"{PYROSCOPE}/querier.v1.QuerierService/SelectMergeStacktraces", request)
    return int(answer.get("flamegraph", {}).get("total", 0))


def _prometheus(path: str, **parameters: Any) -> Any:
    return fetch(f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")["data"]


def _loki(path: str, **parameters: Any) -> Any:
    return fetch(f"{LOKI}/loki/api/v1/{path}?{urllib.parse.urlencode(parameters)}")["data"]


def _span(batch: dict[str, Any], span: dict[str, Any]) -> Span:
    return Span(
        service=str(_attributes(batch["resource"]["attributes"])["service.name"]),
        trace_id=_hex(span["traceId"]),
        span_id=_hex(span["spanId"]),
        parent_id=_hex(span.get("parentSpanId", "")),
        name=span["name"],
        start=int(span["startTimeUnixNano"]) / 1e9,
        end=int(span["endTimeUnixNano"]) / 1e9,
        attributes=_attributes(span.get("attributes", [])),
    )


def _attributes(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    return {pair["key"]: next(iter(pair["value"].values()), None) for pair in pairs}


def _hex(encoded: str) -> str:
    """Tempo's JSON has ids in base64."""
    return base64.b64decode(encoded).hex()
