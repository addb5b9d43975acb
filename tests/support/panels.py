"""The dashboards' queries, run as Grafana runs them: through its API, with the variables at what a newcomer sees."""

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support import grafana
from tests.support.grafana import TimeRange
from tests.support.repository import DASHBOARDS

#: Types of nodes in the syntax tree of PromQL.
SELECTIONS = {"vectorSelector", "matrixSelector"}
#: Grafana's service graph is drawn from these (its Tempo data source, serviceMap).
SERVICE_GRAPH = (
    "traces_service_graph_request_total",
    "traces_service_graph_request_failed_total",
    "traces_service_graph_request_server_seconds_sum",
)


@dataclass(frozen=True)
class PanelQuery:
    dashboard: str
    panel: str
    source: str
    target: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.dashboard}/{self.panel}/{self.target['refId']}"

    @property
    def text(self) -> str:
        texts = (self.target.get(key) for key in ("expr", "query", "labelSelector", "queryType"))
        return next(text for text in texts if text)


def panel_queries() -> list[PanelQuery]:
    return [
        PanelQuery(uid, panel["title"], panel["datasource"]["type"], _filled_in(target, board))
        for uid, board in sorted(DASHBOARDS.items())
        for panel in board["panels"]
        for target in panel.get("targets", [])
    ]


def served(uid: str) -> dict[str, Any]:
    return dict(grafana.request(f"/api/dashboards/uid/{uid}")["dashboard"])


def links(board: dict[str, Any]) -> set[str]:
    """The addresses of all links of a dashboard's panels and values."""
    return {node["url"] for node in _nodes(board["panels"]) if "url" in node}


def has_data(query: PanelQuery, shown: TimeRange) -> bool:
    return HAS_DATA[query.source](query.target, shown)


def selectors(expression: str, shown: TimeRange) -> list[str]:
    """Each selection of series in a PromQL expression: `a or 0 * b` has data even when `a` is misspelt."""
    for macro, value in _macros(shown).items():
        expression = expression.replace(macro, value)
    response = grafana.proxied("prometheus", f"/api/v1/parse_query?{urllib.parse.urlencode({'query': expression})}")
    return sorted({_selector(node) for node in _nodes(response["data"]) if node.get("type") in SELECTIONS})


def has_series(selector: str, shown: TimeRange) -> bool:
    return _prometheus({"expr": f"last_over_time({selector}[{shown.seconds}s])", "instant": True}, shown)


def _macros(shown: TimeRange) -> dict[str, str]:
    """What Grafana fills in itself."""
    return {"$__rate_interval": "40s", "$__range": f"{shown.seconds}s"}


def _filled_in(target: dict[str, Any], board: dict[str, Any]) -> dict[str, Any]:
    """The longest names first: a variable's name may begin with another's."""
    text = json.dumps(target)
    for variable in sorted(board["templating"]["list"], key=lambda one: -len(one["name"])):
        value = variable.get("allValue") or variable.get("current", {}).get("value", "")
        text = text.replace(f"${variable['name']}", json.dumps(value)[1:-1])
    return dict(json.loads(text))


def _prometheus(target: dict[str, Any], shown: TimeRange) -> bool:
    return grafana.has_values("prometheus", target, shown)


def _loki(target: dict[str, Any], shown: TimeRange) -> bool:
    return grafana.has_values("loki", target, shown)


def _tempo(target: dict[str, Any], shown: TimeRange) -> bool:
    if target["queryType"] == "serviceMap":
        return all(has_series(f"{metric}{{}}", shown) for metric in SERVICE_GRAPH)
    search = {"q": target["query"], "limit": target["limit"], "start": int(shown.since), "end": int(shown.until)}
    return bool(grafana.proxied("tempo", f"/api/search?{urllib.parse.urlencode(search)}")["traces"])


def _pyroscope(target: dict[str, Any], shown: TimeRange) -> bool:
    body = {
        "profileTypeID": target["profileTypeId"],
        "labelSelector": target["labelSelector"],
        "start": int(shown.since * 1000),
        "end": int(shown.until * 1000),
    }
    response = grafana.proxied("pyroscope", "/querier.v1.QuerierService/SelectMergeStacktraces", body)
    return int(response.get("flamegraph", {}).get("total", 0)) > 0


#: By the type of a data source.
HAS_DATA = {
    "prometheus": _prometheus,
    "loki": _loki,
    "tempo": _tempo,
    "grafana-pyroscope-datasource": _pyroscope,
}


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a syntax tree."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _nodes(child)


def _selector(node: dict[str, Any]) -> str:
    matchers = (f"{one['name']}{one['type']}{json.dumps(one['value'])}" for one in node["matchers"])
    return f"{{{', '.join(matchers)}}}"
