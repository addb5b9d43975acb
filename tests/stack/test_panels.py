"""Grafana reaches every engine, and each query of each panel has data: in peace, or by the fault that it shows."""

import pytest

from grafana.src import __main__ as generator
from grafana.src.board import SHOWN_BY
from tests.support import day as days
from tests.support import engines, panels
from tests.support.day import Day
from tests.support.grafana import GRAFANA, TimeRange
from tests.support.panels import PanelQuery
from tests.support.polling import eventually
from tests.support.repository import DASHBOARDS
from tests.support.stack import Stack

SOON = 60  # seconds
#: Data source and a path of its engine's API.
ENGINES = {
    "prometheus": "/api/v1/status/buildinfo",
    "tempo": "/api/echo",
    "loki": "/loki/api/v1/labels",
    "pyroscope": "/ready",
    "alertmanager": "/api/v2/status",
}
QUERIES = panels.panel_queries()


@pytest.mark.parametrize(("source", "path"), ENGINES.items())
def test_data_source_reaches_its_engine(stack: Stack, source: str, path: str) -> None:
    assert engines.text(f"{GRAFANA}/api/datasources/proxy/uid/{source}{path}")


@pytest.mark.parametrize("uid", sorted(DASHBOARDS))
def test_dashboard_is_served(stack: Stack, uid: str) -> None:
    served = panels.served(uid)
    assert [panel["title"] for panel in served["panels"]] == [panel["title"] for panel in DASHBOARDS[uid]["panels"]]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_panel_shows_data(day: Day, query: PanelQuery) -> None:
    fault = SHOWN_BY.get((query.dashboard, query.panel))

    def ranges() -> list[TimeRange]:
        return day.ranges_with(fault) if fault else [day.peace()]

    eventually(
        lambda: any(panels.has_data(query, shown) for shown in ranges()), f"data for {query}: {query.text}", SOON
    )
    if query.source == "prometheus":
        for selector in panels.selectors(query.text, day.whole()):
            eventually(lambda: panels.has_series(selector, day.whole()), f"series for {query}: {selector}", SOON)  # noqa: B023


def test_every_fault_of_a_panel_is_in_the_day() -> None:
    assert len(generator.BUILDERS) == len(DASHBOARDS)
    assert set(SHOWN_BY.values()) <= {fault.__name__ for fault in days.FAULTS}
