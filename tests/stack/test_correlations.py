"""The seven hops between signals, each walked as a click would: by the setting of the data source or of the panel.

What Grafana puts into a link is put in here, and the query that it would open is run through Grafana.
"""

import json
import re
from collections.abc import Iterator
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.support import engines, grafana, panels
from tests.support.day import Day
from tests.support.polling import eventually
from tests.support.repository import DASHBOARDS
from tests.support.stack import PAYMENTS_URL, SHOP_URL, Stack
from tools import telemetry
from tools.shop_client import ShopClient, new_traceparent

SOON = 90  # seconds
PROFILES = 150  # seconds: they are pushed every 15, and a few of hundreds of short spans have a sample
HISTOGRAMS = ("http_server_request_duration_seconds", "webstore_payment_duration_seconds", "traces_spanmetrics_latency")
SERVICES = sorted(telemetry.SERVERS)
#: Requests that cost CPU but no money, and how many give a sampler of 100 Hz something to see.
BUSY: dict[str, tuple[int, str, str, object]] = {
    "main-service": (40, SHOP_URL, "/auth/login", {"username": "user123", "password": "password123"}),
    "payments-service": (400, PAYMENTS_URL, "/api/payments/process", {"amount": [[0]] * 3000}),
}
#: What a service's links are clicked on.
CLICKED = re.compile(r"\$\{__(?:field\.labels\.service(?:_name)?|value\.raw)\}")


@pytest.fixture(scope="module")
def purchase(day: Day) -> list[engines.Span]:
    """The spans of a purchase after a day with failures."""

    def whole() -> list[engines.Span]:
        spans = engines.trace(day.purchase)
        return spans if {span.service for span in spans} >= set(SERVICES) else []

    return eventually(whole, "the purchase's trace", SOON)


@pytest.fixture(scope="module")
def tempo() -> dict[str, Any]:
    return grafana.settings("tempo")


@pytest.mark.parametrize("histogram", HISTOGRAMS)
def test_metric_to_trace(day: Day, purchase: list[engines.Span], histogram: str) -> None:
    (link,) = grafana.settings("prometheus")["exemplarTraceIdDestinations"]

    def leads_to_a_trace() -> bool:
        search = urlencode({"query": f"{histogram}_bucket", "start": day.began, "end": time()})
        series = grafana.proxied("prometheus", f"/api/v1/query_exemplars?{search}")["data"]
        exemplars = [exemplar["labels"] for one in series for exemplar in one["exemplars"]]
        return any(has_trace(link["datasourceUid"], labels[link["name"]]) for labels in exemplars)

    eventually(leads_to_a_trace, f"an exemplar of {histogram} with a trace", SOON)


@pytest.mark.parametrize("service", SERVICES)
def test_log_line_to_trace(day: Day, purchase: list[engines.Span], service: str) -> None:
    (link,) = grafana.settings("loki")["derivedFields"]
    assert (link["matcherType"], link["url"]) == ("label", "${__value.raw}")

    def leads_to_a_trace() -> bool:
        lines = log_streams("loki", f'{{service_name="{service}"}}', since=day.began, until=time())
        values = [labels[link["matcherRegex"]] for labels in lines if link["matcherRegex"] in labels]
        return any(has_trace(link["datasourceUid"], value) for value in values[-5:])

    eventually(leads_to_a_trace, f"a log line of {service} with a trace", SOON)


@pytest.mark.parametrize("service", SERVICES)
def test_span_to_log_lines(purchase: list[engines.Span], tempo: dict[str, Any], service: str) -> None:
    link = tempo["tracesToLogsV2"]
    span = first_of(purchase, service)
    expression = link["query"].replace("${__tags}", tags(link, span)).replace("${__trace.traceId}", span.trace_id)
    since = span.start + seconds(link["spanStartTimeShift"])
    until = span.end + seconds(link["spanEndTimeShift"])
    eventually(lambda: log_streams(link["datasourceUid"], expression, since, until), expression, SOON)


@pytest.mark.parametrize("query", ["Request rate", "Error rate", "95th percentile of latency"])
def test_span_to_metrics(day: Day, purchase: list[engines.Span], tempo: dict[str, Any], query: str) -> None:
    link = tempo["tracesToMetrics"]
    (setting,) = [setting for setting in link["queries"] if setting["name"] == query]
    expression = setting["query"].replace("$__tags", tags(link, first_of(purchase, "payments-service")))
    eventually(
        lambda: grafana.has_values(link["datasourceUid"], {"expr": expression, "range": True}, day.whole()),
        expression,
        SOON,
    )


@pytest.mark.parametrize("service", ["main-service", "payments-service"])
def test_span_to_profile(day: Day, tempo: dict[str, Any], service: str) -> None:
    link = tempo["tracesToProfiles"]
    traces = list(busy_traces(service))

    def has_profile(span: engines.Span) -> bool:
        request = {
            "profileTypeID": link["profileTypeId"],
            "labelSelector": f"{{{tags(link, span)}}}",
            "spanSelector": [span.attributes["pyroscope.profile.id"]],
            "start": int(day.began * 1000),
            "end": int(time() * 1000),
        }
        path = "/querier.v1.QuerierService/SelectMergeSpanProfile"
        answer = grafana.proxied(link["datasourceUid"], path, request)
        return int(answer.get("flamegraph", {}).get("total", 0)) > 0

    def profiled() -> bool:
        spans = (span for trace_id in traces for span in engines.trace(trace_id))
        return any(has_profile(span) for span in spans if with_profile(span, service))

    eventually(profiled, f"the profile of a span of {service}", PROFILES)


@pytest.mark.parametrize("service", SERVICES)
def test_service_graph_to_traces(day: Day, purchase: list[engines.Span], tempo: dict[str, Any], service: str) -> None:
    """A node's menu searches for its service's traces; the graph is drawn from series of that name."""
    edge = f'traces_service_graph_request_total{{server="{service}"}}'
    source = tempo["serviceMap"]["datasourceUid"]
    eventually(lambda: grafana.has_values(source, {"expr": edge, "instant": True}, day.whole()), edge, SOON)
    query = {"query": f'{{resource.service.name="{service}"}}', "limit": 20, "queryType": "traceql"}
    eventually(lambda: panels.HAS_DATA["tempo"](query, day.whole()), f"traces of {service}", SOON)


LINKS = sorted({url for board in DASHBOARDS.values() for url in panels.links(board)})


@pytest.mark.parametrize("url", [url for url in LINKS if url.startswith("/d/")])
def test_panel_to_dashboard(stack: Stack, url: str) -> None:
    assert panels.served(urlsplit(url).path.removeprefix("/d/"))


@pytest.mark.parametrize("url", [url for url in LINKS if url.startswith("/explore")])
def test_panel_to_explore(day: Day, purchase: list[engines.Span], url: str) -> None:
    """Failures are looked for at the service that had them."""
    service = "main-service" if "error" in url else "payments-service"
    (pane,) = json.loads(parse_qs(urlsplit(CLICKED.sub(service, url)).query)["panes"][0]).values()
    (query,) = pane["queries"]
    eventually(lambda: panels.HAS_DATA[query["datasource"]["type"]](query, day.whole()), str(query), SOON)


def busy_traces(service: str) -> Iterator[str]:
    times, url, path, body = BUSY[service]
    for _ in range(times):
        trace_id, traceparent = new_traceparent()
        ShopClient(url, token=None).call("POST", path, body, traceparent=traceparent)
        yield trace_id


def with_profile(span: engines.Span, service: str) -> bool:
    return span.service == service and "pyroscope.profile.id" in span.attributes


def first_of(spans: list[engines.Span], service: str) -> engines.Span:
    return next(span for span in spans if span.service == service)


def tags(link: dict[str, Any], span: engines.Span) -> str:
    """${__tags}: the span's attributes under the names that the other data source has for them."""
    values = {"service.name": span.service, **span.attributes}
    return ", ".join(f'{tag["value"]}="{values[tag["key"]]}"' for tag in link["tags"])


def seconds(shift: str) -> float:
    number, unit = re.fullmatch(r"(-?\d+)([smh])", shift).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def has_trace(source: str, trace_id: str) -> bool:
    """An id from an exemplar or a log line is good enough if Tempo finds its trace by it, as it is."""
    return bool(grafana.proxied(source, f"/api/v2/traces/{trace_id}").get("trace"))


def log_streams(source: str, expression: str, since: float, until: float) -> list[dict[str, str]]:
    asked = urlencode({"query": expression, "start": int(since * 1e9), "end": int(until * 1e9), "limit": 100})
    streams = grafana.proxied(source, f"/loki/api/v1/query_range?{asked}")["data"]["result"]
    return [stream["stream"] for stream in streams]
