"""Grafana reaches every engine, and each query of each panel returns data soon after a normal day's traffic."""

from collections.abc import Callable

import pytest

from tests.support import engines, panels, traffic
from tests.support.faults import FAULTS
from tests.support.grafana import GRAFANA
from tests.support.panels import PanelQuery
from tests.support.polling import eventually
from tests.support.stack import SHOP_URL, Stack

SOON = 120  # seconds
#: Data source and a path of its engine's API.
ENGINES = {
    "prometheus": "/api/v1/status/buildinfo",
    "tempo": "/api/echo",
    "loki": "/loki/api/v1/labels",
    "pyroscope": "/ready",
    "alertmanager": "/api/v2/status",
}
#: Those that need no fault stand first.
QUERIES = sorted(panels.panel_queries(), key=lambda query: (query.dashboard, query.panel) in FAULTS)


@pytest.mark.parametrize(("source", "path"), ENGINES.items())
def test_data_source_reaches_its_engine(stack: Stack, source: str, path: str) -> None:
    assert engines.text(f"{GRAFANA}/api/datasources/proxy/uid/{source}{path}")


@pytest.mark.parametrize("uid", sorted(panels.DASHBOARDS))
def test_dashboard_is_served(stack: Stack, uid: str) -> None:
    served = panels.served(uid)
    assert [panel["title"] for panel in served["panels"]] == [
        panel["title"] for panel in panels.DASHBOARDS[uid]["panels"]
    ]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_panel_shows_data(stack: Stack, day: None, suffered: set[Callable[[Stack], None]], query: PanelQuery) -> None:
    fault = FAULTS.get((query.dashboard, query.panel))
    if fault and fault not in suffered:
        suffered.add(fault)
        fault(stack)
    eventually(lambda: panels.is_answered(query), f"data for {query}: {query.text}", SOON)
    if query.source == "prometheus":
        for selector in panels.selectors(query.text):
            eventually(lambda: panels.has_series(selector), f"series for {query}: {selector}", SOON)  # noqa: B023


def test_every_fault_fills_a_panel() -> None:
    """No name in the table is out of date."""
    known = {(query.dashboard, query.panel) for query in QUERIES}
    assert FAULTS.keys() <= known, FAULTS.keys() - known


@pytest.fixture(scope="module")
def day(stack: Stack) -> None:
    traffic.normal_day(SHOP_URL)


@pytest.fixture(scope="module")
def suffered() -> set[Callable[[Stack], None]]:
    """The faults that the stack has been through."""
    return set()
