"""WebStore Overview: is the shop selling, which service is at fault, and the way into its traces, logs and profiles."""

from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
from grafana_foundation_sdk.builders.dashboard import Dashboard, Row, ThresholdsConfig
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, Panel, Threshold, ThresholdsMode

from . import variables
from .panels import flame_graph, logs, query, service_graph, time_series

LATENCY_OBJECTIVE = 0.3  # seconds
COUNTRY = 'country=~"$country"'
SERVER_SPANS = 'span_kind="SPAN_KIND_SERVER", service=~"$service"'
CONTAINERS = 'service=~"$service"'


def per_minute(counter: str, by: str) -> str:
    return f"60 * sum by ({by}) (rate({counter}{{{COUNTRY}}}[$__rate_interval]))"


def quantile(q: float, histogram: str, selector: str, by: str = "") -> str:
    """The q-quantile of a histogram, one series for each value of the label `by`."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({histogram}_bucket{{{selector}}}[$__rate_interval])))"


def calls(selector: str) -> str:
    return f"sum by (service) (rate(traces_spanmetrics_calls_total{{{selector}}}[$__rate_interval]))"


def error_ratio() -> str:
    """Zero, not nothing, for a service without errors."""
    total = calls(SERVER_SPANS)
    errors = calls(f'{SERVER_SPANS}, status_code="STATUS_CODE_ERROR"')
    return f"({errors} or 0 * {total}) / {total}"


def latency_panel() -> TimeSeries:
    expr = quantile(0.95, "http_server_request_duration_seconds", 'service_name="main-service"', "http_route")
    steps = [Threshold(value=None, color="transparent"), Threshold(value=LATENCY_OBJECTIVE, color="red")]
    return (
        time_series(
            "Latency by route, p95",
            "95 % of main-service's answers are faster than this; the line is the objective of 300 ms. "
            "Each dot is a request: follow it to its trace.",
            "s",
            query(expr, "{{http_route}}", exemplars=True),
            span=6,
        )
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    )


def shop() -> list[Builder[Panel]]:
    return [
        time_series(
            "Cart additions",
            "Items put into carts per minute, by country. The first number to fall when customers cannot get in.",
            "cpm",
            query(per_minute("webstore_cart_additions_total", "country"), "{{country}}"),
            span=6,
            stacked=True,
        ),
        time_series(
            "Checkouts by outcome",
            "Checkouts per minute. `declined` is the customer's card; `failed` is our fault.",
            "cpm",
            query(per_minute("webstore_checkouts_total", "status"), "{{status}}"),
            span=6,
            stacked=True,
        ),
        time_series(
            "Checkout amount",
            "What a completed checkout is worth: the median and the 95th percentile.",
            "currencyUSD",
            query(quantile(0.5, "webstore_checkout_amount_USD", COUNTRY), "median"),
            query(quantile(0.95, "webstore_checkout_amount_USD", COUNTRY), "p95"),
            span=6,
        ),
        latency_panel(),
    ]


def services() -> list[Builder[Panel]]:
    return [
        time_series(
            "Request rate",
            "Requests answered per second, counted from the server spans of all traces.",
            "reqps",
            query(calls(SERVER_SPANS), "{{service}}"),
            span=8,
        ),
        time_series(
            "Error ratio",
            "Share of requests whose server span has the status error: faults and time-outs, not refusals.",
            "percentunit",
            query(error_ratio(), "{{service}}"),
            span=8,
        ),
        time_series(
            "Duration, p95",
            "95 % of the requests to a service take less. Each dot is a request: follow it to its trace.",
            "s",
            query(quantile(0.95, "traces_spanmetrics_latency", SERVER_SPANS, "service"), "{{service}}", exemplars=True),
            span=8,
        ),
        service_graph(
            "Service graph",
            "Who calls whom, how often and how long it takes, databases included. Click a node for its traces.",
        ),
        logs(
            "Errors and warnings",
            "What the services logged at level warn or above. Open a line for the link to its trace.",
            '{service_namespace="webstore", service_name=~"$service"} | detected_level=~"warn|error|fatal"',
        ),
    ]


def resources() -> list[Builder[Panel]]:
    return [
        time_series(
            "Memory",
            "Working set of each container: what counts against its limit.",
            "bytes",
            query(f"sum by (service) (container_memory_working_set_bytes{{{CONTAINERS}}})", "{{service}}"),
        ),
        time_series(
            "CPU",
            "Processor time of each container; 100 % is one core.",
            "percentunit",
            query(
                f"sum by (service) (rate(container_cpu_usage_seconds_total{{{CONTAINERS}}}[$__rate_interval]))",
                "{{service}}",
            ),
        ),
        flame_graph(
            "CPU of main-service by function",
            "Where main-service spent its processor time in the chosen range. Wide is expensive.",
            "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
            '{service_name="main-service"}',
        ),
    ]


ROWS = {"Shop": shop, "Services": services, "Containers and code": resources}


def dashboard() -> Dashboard:
    board = (
        Dashboard("WebStore Overview")
        .uid("webstore-overview")
        .description("Is the shop selling, which service is at fault, and the way into its traces, logs and profiles.")
        .tags(["webstore"])
        .time("now-30m", "now")
        .refresh("10s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables([*variables.data_sources(), variables.service(), variables.country()])
    )
    for title, panels in ROWS.items():
        board.with_row(Row(title))
        for panel in panels():
            board.with_panel(panel)
    return board
