"""Panels in the house style. Each helper takes what differs: title, description, unit (Grafana's id) and queries."""

from string import ascii_uppercase

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    grafanapyroscope,
    loki,
    nodegraph,
    prometheus,
    tempo,
    timeseries,
)
from grafana_foundation_sdk.builders import logs as logs_panel
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    LogsSortOrder,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)

from .variables import LOKI, PROMETHEUS, PYROSCOPE, TEMPO

HEIGHT = 8


def query(expr: str, legend: str, *, exemplars: bool = False) -> prometheus.Dataquery:
    """A range query. `exemplars` puts the traces behind the numbers on the graph; only histograms have them."""
    return prometheus.Dataquery().expr(expr).legend_format(legend).range().exemplar(exemplars)


def time_series(
    title: str, description: str, unit: str, *queries: prometheus.Dataquery, span: int = 12, stacked: bool = False
) -> timeseries.Panel:
    """Span is the width in 24ths of the page."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .unit(unit)
        .min(0)
        .height(HEIGHT)
        .span(span)
        .fill_opacity(10)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE))
    )
    for reference, target in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(target.ref_id(reference))
    return panel


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
    )


def service_graph(title: str, description: str, *, span: int = 12) -> nodegraph.Panel:
    """Services and their calls, from the metrics that Tempo derives."""
    target = tempo.Dataquery().ref_id("A").query_type("serviceMap")
    panel = nodegraph.Panel().title(title).description(description).datasource(TEMPO)
    return panel.with_target(target).height(2 * HEIGHT).span(span)


def logs(title: str, description: str, expr: str, *, span: int = 12) -> logs_panel.Panel:
    """Newest first, with the details that hold the link to the trace."""
    return (
        logs_panel.Panel()
        .title(title)
        .description(description)
        .datasource(LOKI)
        .with_target(loki.Dataquery().ref_id("A").expr(expr))
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(LogsSortOrder.DESCENDING)
        .height(2 * HEIGHT)
        .span(span)
    )


def flame_graph(title: str, description: str, profile_type: str, selector: str) -> dashboard.Panel:
    """One profile merged over the time range; the SDK has no builder for this panel."""
    target = grafanapyroscope.Dataquery().ref_id("A").query_type("profile").group_by([])
    target.profile_type_id(profile_type).label_selector(selector)
    panel = dashboard.Panel().type("flamegraph").title(title).description(description).datasource(PYROSCOPE)
    return panel.with_target(target).height(2 * HEIGHT).span(24)
