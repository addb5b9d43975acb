"""Panels in the house style. Each helper takes what differs: title, description, unit (Grafana's id) and queries.

`shown_by` names the fault that fills a panel which is rightly empty in peace: a function of tests/support/faults.py.
"""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Protocol, Self, TypeVar
from weakref import WeakKeyDictionary

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    gauge,
    grafanapyroscope,
    heatmap,
    loki,
    nodegraph,
    piechart,
    prometheus,
    stat,
    statetimeline,
    table,
    tempo,
    text,
    timeseries,
)
from grafana_foundation_sdk.builders import logs as logs_panel
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    DataSourceRef,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    LogsSortOrder,
    ScaleDistribution,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.piechart import PieChartLegendValues
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.tempo import SearchTableType
from grafana_foundation_sdk.models.text import TextMode

from . import promql
from .links import CPU
from .variables import LOKI, PROMETHEUS, PYROSCOPE, TEMPO

HEIGHT = 8
SMALL = 4
# The interval of exports and scrapes (telemetry.yaml): a finer step would only repeat values.
MIN_INTERVAL = "10s"

Query = prometheus.Dataquery | loki.Dataquery
Target = Query | tempo.Dataquery | grafanapyroscope.Dataquery
#: Lower bound and colour; the first colour has no bound.
Steps = tuple[str, *tuple[tuple[float, str], ...]]
NEUTRAL: Steps = ("blue",)
#: Not in the JSON: Grafana has no field for it. A panel stays the object that a helper returned when it is refined.
_SHOWN_BY: WeakKeyDictionary[object, str] = WeakKeyDictionary()


# --- Queries -----------------------------------------------------------------------------------------------------


def query(expr: str, legend: str, *, exemplars: bool = False) -> prometheus.Dataquery:
    """A range query. `exemplars` puts the traces behind the numbers on the graph; only histograms have them."""
    return prometheus.Dataquery().expr(expr).legend_format(legend).range().exemplar(exemplars)


def latest(expr: str, legend: str = "") -> prometheus.Dataquery:
    """An instant query: one value for the whole time range, so its rates are over that too."""
    return prometheus.Dataquery().expr(expr.replace(promql.SLIDING, promql.WHOLE_RANGE)).legend_format(legend).instant()


def log_query(expr: str, legend: str) -> loki.Dataquery:
    """A range query that counts log lines."""
    return loki.Dataquery().expr(expr).legend_format(legend).query_type("range")


# --- Numbers -----------------------------------------------------------------------------------------------------


def time_series(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    span: int = 12,
    stacked: bool = False,
    source: DataSourceRef = PROMETHEUS,
    links: Sequence[DashboardLink] = (),
    shown_by: str = "",
) -> timeseries.Panel:
    """Span is the width in 24ths of the page."""
    panel = (
        timeseries.Panel()
        .unit(unit)
        .min(0)
        .fill_opacity(10)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE))
        .data_links(list(links))
    )
    return _described(panel, title, description, source, span, HEIGHT, *queries, shown_by=shown_by)


def bars(panel: timeseries.Panel) -> timeseries.Panel:
    """For counts in an interval, which are no curve."""
    return panel.draw_style(GraphDrawStyle.BARS).fill_opacity(80)


def with_limit(panel: timeseries.Panel, *limits: float) -> timeseries.Panel:
    """Dashed lines for what must not be exceeded."""
    style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
    return panel.thresholds(_thresholds(("transparent", *((limit, "red") for limit in limits)))).thresholds_style(style)


def number(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    span: int = 4,
    steps: Steps = NEUTRAL,
    empty: str = "",
    links: Sequence[DashboardLink] = (),
    shown_by: str = "",
) -> stat.Panel:
    """One big number for each series. `empty` is shown for no data, where that means something."""
    panel = stat.Panel().unit(unit).thresholds(_thresholds(steps)).reduce_options(_last()).data_links(list(links))
    if empty:
        panel.no_value(empty)
    return _described(panel, title, description, PROMETHEUS, span, SMALL, *queries, shown_by=shown_by)


def dial(
    title: str, description: str, unit: str, *queries: Query, steps: Steps, span: int = 6, least: float = 0
) -> gauge.Panel:
    """A share of one, whose place between `least` and 1 matters."""
    panel = gauge.Panel().unit(unit).min(least).max(1).thresholds(_thresholds(steps)).reduce_options(_last())
    return _described(panel, title, description, PROMETHEUS, span, HEIGHT, *queries)


def ranking(
    title: str, description: str, unit: str, *queries: Query, span: int = 8, empty: str = "", shown_by: str = ""
) -> bargauge.Panel:
    """Horizontal bars, one for each series."""
    panel = (
        bargauge.Panel()
        .unit(unit)
        .min(0)
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.GRADIENT)
        .thresholds(_thresholds(NEUTRAL))
        .reduce_options(_last())
    )
    if empty:
        panel.no_value(empty)
    return _described(panel, title, description, PROMETHEUS, span, HEIGHT, *queries, shown_by=shown_by)


def shares(
    title: str, description: str, unit: str, *queries: Query, span: int = 6, shown_by: str = ""
) -> piechart.Panel:
    legend = piechart.PieChartLegendOptions().show_legend(True).display_mode(LegendDisplayMode.TABLE)
    legend.placement(LegendPlacement.RIGHT).values([PieChartLegendValues.VALUE, PieChartLegendValues.PERCENT])
    panel = piechart.Panel().unit(unit).legend(legend).reduce_options(_last())
    return _described(panel, title, description, PROMETHEUS, span, HEIGHT, *queries, shown_by=shown_by)


def heat(title: str, description: str, unit: str, expr: str, *, span: int = 12) -> heatmap.Panel:
    """How many observations fell into each bucket, over time, with the exemplars' traces as dots."""
    target = query(expr, "{{le}}", exemplars=True).format(PromQueryFormat.HEATMAP)
    panel = (
        heatmap.Panel()
        .unit("short")
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .scale_distribution(common.ScaleDistributionConfig().type(ScaleDistribution.LINEAR))
        .tooltip(heatmap.HeatmapTooltip().mode(TooltipDisplayMode.SINGLE).show_color_scale(True))
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .show_legend()
    )
    return _described(panel, title, description, PROMETHEUS, span, HEIGHT, target)


def states(
    title: str, description: str, names: dict[int, tuple[str, str]], *queries: Query, span: int = 12
) -> statetimeline.Panel:
    """What state something was in, over time. `names` are text and colour by value."""
    mapping = ValueMap({str(value): ValueMappingResult(text, colour) for value, (text, colour) in names.items()})
    panel = statetimeline.Panel().unit("none").mappings([mapping]).show_value(VisibilityMode.NEVER).merge_values(True)
    panel.thresholds(_thresholds(NEUTRAL)).legend(_legend()).fill_opacity(80)
    return _described(panel, title, description, PROMETHEUS, span, HEIGHT, *queries)


def rows(
    title: str,
    description: str,
    labels: dict[str, str],
    columns: dict[str, tuple[str, str]],
    *,
    span: int = 12,
    empty: str = "",
    links: Sequence[DashboardLink] = (),
    shown_by: str = "",
) -> table.Panel:
    """A table with a line for each combination of labels. `labels` are their headings; `columns` are unit and query
    by heading. The links are on the first label's cells."""
    targets = [latest(expr).format(PromQueryFormat.TABLE) for _, expr in columns.values()]
    panel = table.Panel().sort_by([_descending(next(iter(columns)))])
    if empty:
        panel.no_value(empty)
    for heading, (unit, _) in columns.items():
        panel.override_by_name(heading, [DynamicConfigValue("unit", unit)])
    if links:
        panel.override_by_name(
            next(iter(labels.values())), [DynamicConfigValue("links", [one.build() for one in links])]
        )
    # With one query Grafana calls its column Value, with several Value #A and so on.
    names = {f"Value #{reference}": heading for reference, heading in zip(ascii_uppercase, columns, strict=False)}
    names = {**labels, **(names if len(columns) > 1 else {"Value": next(iter(columns))})}
    order = {name: position for position, name in enumerate(names)}
    options = {"excludeByName": {"Time": True}, "renameByName": names, "indexByName": order}
    panel.with_transformation(DataTransformerConfig("merge", options={}))
    panel.with_transformation(DataTransformerConfig("organize", options=options))
    return _described(panel, title, description, PROMETHEUS, span, HEIGHT, *targets, shown_by=shown_by)


# --- Traces, logs, profiles, words -------------------------------------------------------------------------------


def service_graph(title: str, description: str, *, span: int = 12, shown_by: str = "") -> nodegraph.Panel:
    """Services and their calls, from the metrics that Tempo derives."""
    target = tempo.Dataquery().query_type("serviceMap")
    return _described(nodegraph.Panel(), title, description, TEMPO, span, 2 * HEIGHT, target, shown_by=shown_by)


def traces(title: str, description: str, traceql: str, *, span: int = 24, shown_by: str = "") -> table.Panel:
    """The longest of the newest traces that a TraceQL query finds; their ids are links."""
    target = tempo.Dataquery().query_type("traceql").query(traceql).limit(50).table_type(SearchTableType.TRACES)
    panel = table.Panel().sort_by([_descending("Duration")])
    return _described(panel, title, description, TEMPO, span, HEIGHT, target, shown_by=shown_by)


def logs(
    title: str, description: str, expr: str, *, span: int = 12, height: int = 2 * HEIGHT, shown_by: str = ""
) -> logs_panel.Panel:
    """Newest first, with the details that hold the link to the trace."""
    panel = (
        logs_panel.Panel()
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(LogsSortOrder.DESCENDING)
    )
    target = loki.Dataquery().expr(expr).max_lines(200)
    return _described(panel, title, description, LOKI, span, height, target, shown_by=shown_by)


def flame_graph(title: str, description: str, service: str, *, span: int = 12) -> dashboard.Panel:
    """A service's CPU time, merged over the time range; the SDK has no builder for this panel."""
    target = grafanapyroscope.Dataquery().query_type("profile").group_by([])
    target.profile_type_id(CPU).label_selector(f'{{service_name="{service}"}}')
    panel = dashboard.Panel().type("flamegraph")
    return _described(panel, title, description, PYROSCOPE, span, 2 * HEIGHT, target)


def words(title: str, description: str, markdown: str, *, span: int = 12, height: int = HEIGHT) -> text.Panel:
    panel = text.Panel().mode(TextMode.MARKDOWN).content(markdown)
    return panel.title(title).description(description).span(span).height(height)


# --- What they share ---------------------------------------------------------------------------------------------


class _Panel(Protocol):
    """What the SDK's builders of panels have in common without a base class."""

    def title(self, title: str, /) -> Self: ...
    def description(self, description: str, /) -> Self: ...
    def datasource(self, datasource: DataSourceRef, /) -> Self: ...
    def interval(self, interval: str, /) -> Self: ...
    def span(self, w: int, /) -> Self: ...
    def height(self, h: int, /) -> Self: ...
    def with_target(self, target: Builder[Dataquery], /) -> Self: ...


P = TypeVar("P", bound=_Panel)


def _described(
    panel: P,
    title: str,
    description: str,
    source: DataSourceRef,
    span: int,
    height: int,
    *targets: Target,
    shown_by: str = "",
) -> P:
    panel.title(title).description(description).datasource(source).span(span).height(height).interval(MIN_INTERVAL)
    for reference, target in zip(ascii_uppercase, targets, strict=False):
        panel.with_target(target.ref_id(reference))
    if shown_by:
        _SHOWN_BY[panel] = shown_by
    return panel


def fault_of(panel: object) -> str:
    """What it was made with as `shown_by`, empty for a panel that has data in peace."""
    return _SHOWN_BY.get(panel, "")


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
    )


def _descending(column: str) -> common.TableSortByFieldState:
    return common.TableSortByFieldState().display_name(column).desc(True)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    lowest, *others = steps
    bounds = [Threshold(value=None, color=lowest), *(Threshold(value=bound, color=colour) for bound, colour in others)]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(bounds)
