"""The home dashboard: a newcomer sees whether the shop is well, and where to look next."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql, red, slo, variables
from .board import Panels, board
from .panels import (
    flame_graph,
    latest,
    logs,
    number,
    query,
    service_graph,
    time_series,
    traces,
    with_limit,
    words,
)
from .variables import BY_COUNTRY, BY_SERVICE

MAIN_SERVICE = 'service_name="main-service"'
HOW_TO_LOOK = """
| when you see | go on to |
|---|---|
| a dot on a graph | hover over it and choose **View trace**: the request behind the number |
| a line of a service | click it: its logs, traces and profile of the same time |
| a red line over all graphs | an alert began there; a blue one is a container that started |
"""


def where_to_look() -> str:
    """A table of the other dashboards with the question that each answers."""
    table = [f"| [{entry.title}]({entry.path}) | {entry.question} |" for entry in catalogue.DETAILS]
    return "\n".join(["| dashboard | question |", "|---|---|", *table, "", HOW_TO_LOOK.strip()])


def start() -> Panels:
    return [
        number(
            "Alerts firing",
            "Alerts that fire now. Each has a runbook, and a case in crm-system.",
            "short",
            latest('count(ALERTS{alertstate="firing"}) or vector(0)'),
            steps=("green", (1, "red")),
            shown_by="provider_outage",
        ),
        number(
            "Least error budget",
            "What is left of the budget of the SLO that is worst off.",
            "percentunit",
            latest(f"min({slo.BUDGET}{{}})"),
            steps=slo.BUDGET_STEPS,
            links=[links.to_dashboard(catalogue.SLO)],
        ),
        number(
            "Requests",
            "Requests to the chosen services per second.",
            "reqps",
            query(red.request_rate(""), "requests"),
            links=[links.to_dashboard(catalogue.SERVICES)],
        ),
        number(
            "Errors",
            "Share of the requests that failed through a fault or a time-out.",
            "percentunit",
            query(red.error_ratio(""), "errors"),
            steps=("green", (0.01, "orange"), (0.05, "red")),
            links=[links.to_dashboard(catalogue.SERVICES)],
            shown_by="payments_down",
        ),
        number(
            "Active users",
            "Distinct signed-in users of the last quarter of an hour.",
            "short",
            query(promql.total(f"webstore_users_active{{{BY_COUNTRY}}}"), "users"),
            links=[links.to_dashboard(catalogue.PRODUCTS)],
        ),
        number(
            "Active carts",
            "Carts with at least one item that were touched within the hour.",
            "short",
            query("sum(webstore_active_carts{})", "carts"),
            links=[links.to_dashboard(catalogue.PRODUCTS)],
        ),
        words(
            "Where to look",
            "The other dashboards, and the ways from a number to its cause.",
            where_to_look(),
            height=16,
        ),
        service_graph(
            "Service graph",
            "Who calls whom, how often and how long it takes, databases included. Click a node for its traces.",
            shown_by="payments_down",
        ),
    ]


def shop() -> Panels:
    latency = time_series(
        "Latency by route, p95",
        f"95 % of main-service's answers are faster than this; the line is the objective of {slo.IN_MS}. "
        "Each dot is a request: follow it to its trace.",
        "s",
        query(
            promql.quantile(0.95, "http_server_request_duration_seconds", MAIN_SERVICE, "http_route"),
            "{{http_route}}",
            exemplars=True,
        ),
        span=6,
        links=[links.to_dashboard(catalogue.ENDPOINTS)],
    )
    return [
        time_series(
            "Cart additions",
            "Items put into carts per minute, by country. The first number to fall when customers cannot get in.",
            "cpm",
            query(promql.per_minute("webstore_cart_additions_total", BY_COUNTRY, "country"), "{{country}}"),
            span=6,
            stacked=True,
        ),
        time_series(
            "Checkouts by outcome",
            "Checkouts per minute. `declined` is the customer's card; `failed` is our fault.",
            "cpm",
            query(promql.per_minute("webstore_checkouts_total", BY_COUNTRY, "status"), "{{status}}"),
            span=6,
            stacked=True,
        ),
        time_series(
            "Payments by status",
            "Payments per minute as payments-service saw them end.",
            "cpm",
            query(promql.per_minute("payments_processed_total", BY_COUNTRY, "status"), "{{status}}"),
            span=6,
            stacked=True,
        ),
        with_limit(latency, slo.LATENCY_OBJECTIVE),
    ]


def services() -> Panels:
    ways_out = links.of_service(links.SERVICE)
    return [
        time_series(
            "Request rate",
            "Requests answered per second, counted from the server spans of all traces.",
            "reqps",
            query(red.request_rate(), "{{service}}"),
            span=8,
            links=ways_out,
        ),
        time_series(
            "Error ratio",
            "Share of requests whose server span has the status error: faults and time-outs, not refusals.",
            "percentunit",
            query(red.error_ratio(), "{{service}}"),
            span=8,
            links=ways_out,
            shown_by="payments_down",
        ),
        time_series(
            "Duration, p95",
            "95 % of the requests to a service take less. Each dot is a request: follow it to its trace.",
            "s",
            query(red.duration(0.95), "{{service}}", exemplars=True),
            span=8,
            links=ways_out,
        ),
        logs(
            "Errors and warnings",
            "What the services logged at level warn or above. Open a line for the link to its trace.",
            '{service_namespace="webstore", service_name=~"$service"} | detected_level=~"warn|error|fatal"',
            height=8,
            shown_by="payments_down",
        ),
        traces(
            "Slowest traces",
            "The longest of the newest traces through the chosen services. Click an id to see where the time went.",
            '{ nestedSetParent < 0 && resource.service.name =~ "$service" && duration > 100ms }',
            span=12,
        ),
    ]


def resources() -> Panels:
    container = [links.to_dashboard(catalogue.SYSTEM), links.logs(links.SERVICE)]
    return [
        time_series(
            "Memory",
            "Working set of each container: what counts against its limit.",
            "bytes",
            query(promql.total(f"container_memory_working_set_bytes{{{BY_SERVICE}}}", "service"), "{{service}}"),
            links=container,
        ),
        time_series(
            "CPU",
            "Processor time of each container; 100 % is one core.",
            "percentunit",
            query(promql.rate("container_cpu_usage_seconds_total", BY_SERVICE, "service"), "{{service}}"),
            links=container,
        ),
        flame_graph(
            "CPU of main-service by function",
            "Where main-service spent its processor time in the chosen range. Wide is expensive.",
            "main-service",
            span=24,
        ),
    ]


def dashboard() -> Dashboard:
    rows = {"Start here": start(), "Shop": shop(), "Services": services(), "Containers and code": resources()}
    return board(catalogue.OVERVIEW, rows, [variables.service(), variables.country()], refresh="10s")
