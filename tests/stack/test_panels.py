"""Grafana reaches every engine, and each query of the overview dashboard returns data after a purchase."""

import json
import urllib.request
from typing import Any

import pytest

from tests.stack import engines
from tests.stack.compose import SHOP_URL, Stack, eventually
from tools.local_shop import ROOT
from tools.shop_client import ShopClient

GRAFANA = "http://127.0.0.1:3000"
DASHBOARD = json.loads((ROOT / "grafana/dashboards/webstore-overview.json").read_text())
#: Data source and a path of its engine's API.
ENGINES = {
    "prometheus": "/api/v1/status/buildinfo",
    "tempo": "/api/echo",
    "loki": "/loki/api/v1/labels",
    "pyroscope": "/ready",
    "alertmanager": "/api/v2/status",
}
#: Variables are the browser's to fill in; "all" is what a newcomer sees.
VARIABLES = {"$service": ".+", "$country": ".+"}


def queries() -> list[tuple[str, str, dict[str, Any]]]:
    """Panel title, data source and query of each target that Prometheus or Loki answers."""
    panels = [panel for row in DASHBOARD["panels"] for panel in (row.get("panels") or [row])]
    return [
        (panel["title"], panel["datasource"]["type"], target)
        for panel in panels
        for target in panel.get("targets", [])
        if panel["datasource"]["type"] in ("prometheus", "loki")
    ]


@pytest.mark.parametrize(("source", "path"), ENGINES.items())
def test_data_source_reaches_its_engine(stack: Stack, source: str, path: str) -> None:
    assert engines.text(f"{GRAFANA}/api/datasources/proxy/uid/{source}{path}")


def test_overview_is_served(stack: Stack) -> None:
    served = json.loads(engines.text(f"{GRAFANA}/api/dashboards/uid/{DASHBOARD['uid']}"))["dashboard"]
    assert [panel["title"] for panel in served["panels"]] == [panel["title"] for panel in DASHBOARD["panels"]]


@pytest.mark.parametrize(("title", "source", "target"), queries(), ids=[title for title, _, _ in queries()])
def test_panel_shows_data(stack: Stack, traffic: None, title: str, source: str, target: dict[str, Any]) -> None:
    eventually(lambda: rows(source, target), 90, f"data for {title}: {target['expr']}")


@pytest.fixture(scope="module")
def traffic(stack: Stack) -> None:
    """A handful of purchases, and one fault for the panel of warnings."""
    buyer = ShopClient(SHOP_URL)
    for _ in range(5):
        assert buyer.add_to_cart(7).status == 200
        assert buyer.checkout().status in (200, 402)
    with stack.without("payments-service"):
        buyer.add_to_cart(7)
        assert buyer.checkout().status == 503
    # After its restart, so that rates have two samples of every service.
    buyer.add_to_cart(7)
    buyer.checkout()


def rows(source: str, target: dict[str, Any]) -> int:
    """Values in all frames of the answer."""
    expression = target["expr"]
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    query = {
        **target,
        "expr": expression,
        "refId": "A",
        "datasource": {"type": source, "uid": source},
        "intervalMs": 10_000,
        "maxDataPoints": 200,
    }
    body = {"queries": [query], "from": "now-15m", "to": "now"}
    request = urllib.request.Request(
        f"{GRAFANA}/api/ds/query", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        frames = json.loads(answer.read())["results"]["A"]["frames"]
    return sum(len(column) for frame in frames for column in frame["data"]["values"][1:])
