"""What all dashboards have in common."""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, Dashboard, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, Panel, VariableModel

from . import links, variables
from .catalogue import Entry
from .panels import fault_of

Panels = Sequence[Builder[Panel]]
#: By a dashboard's uid and a panel's title: the fault that fills the panel, which is empty in peace.
SHOWN_BY: dict[tuple[str, str], str] = {}


def board(
    entry: Entry, rows: Mapping[str, Panels], own_variables: Sequence[Builder[VariableModel]] = (), refresh: str = "30s"
) -> Dashboard:
    """Rows of panels by their titles."""
    dashboard = (
        Dashboard(entry.title)
        .uid(entry.uid)
        .description(entry.question)
        .tags([links.TAG])
        .time("now-1h", "now")
        .refresh(refresh)
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(links.all_dashboards())
        .annotations([_firing_alerts(), _container_starts()])
        .variables([*own_variables, *variables.data_sources()])
    )
    for title, panels in rows.items():
        dashboard.with_row(Row(title))
        for panel in panels:
            dashboard.with_panel(panel)
            if fault := fault_of(panel):
                SHOWN_BY[entry.uid, str(panel.build().title)] = fault
    return dashboard


def _firing_alerts() -> AnnotationQuery:
    query = _annotation("Alerts", "red").expr('ALERTS{alertstate="firing"}')
    return query.title_format("{{alertname}}").tag_keys("severity,team")


def _container_starts() -> AnnotationQuery:
    """A deployment or a crash: Compose's service has a new container, or the old one began anew."""
    query = _annotation("Starts of containers", "blue").use_value_for_time(True)
    return query.expr("1000 * max by (service) (container_start_time_seconds)").title_format("{{service}} started")


def _annotation(name: str, colour: str) -> AnnotationQuery:
    query = AnnotationQuery().name(name).datasource(variables.PROMETHEUS).enable(True)
    return query.icon_color(colour).step("15s")
