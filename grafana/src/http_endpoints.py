"""HTTP endpoints: rate, status and latency of each route, down to the slow requests themselves."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql, variables
from .board import Panels, board
from .panels import dial, heat, latest, logs, number, query, rows, shares, time_series, traces
from .slo import LATENCY_OBJECTIVE
from .variables import BY_SERVICE_NAME

DURATION = "http_server_request_duration_seconds"
REQUESTS = f"{DURATION}_count"
GOOD = f'{BY_SERVICE_NAME}, http_response_status_code!~"5.."'
ROUTE = "service_name, http_request_method, http_route"
ROUTE_LEGEND = "{{service_name}} {{http_request_method}} {{http_route}}"
STATUS = "http_response_status_code"
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def success_ratio(by: str = "") -> str:
    return promql.ratio(promql.rate(REQUESTS, GOOD, by), promql.rate(REQUESTS, BY_SERVICE_NAME, by))


def at_a_glance() -> Panels:
    return [
        dial(
            "Success",
            "Share of requests that are answered without a 5xx. Refusals such as 401 or 409 are proper answers.",
            "percentunit",
            latest(success_ratio()),
            steps=("red", (0.99, "orange"), (0.999, "green")),
            least=0.9,
        ).decimals(2),
        *(
            number(
                f"Latency, {name}",
                f"{q:.0%} of the requests take less.",
                "s",
                query(promql.quantile(q, DURATION, BY_SERVICE_NAME), name),
                steps=("green", (LATENCY_OBJECTIVE, "orange"), (1, "red")),
            ).height(8)
            for name, q in PERCENTILES.items()
        ),
        shares(
            "Answers by status code",
            "All answers in the chosen range.",
            "short",
            latest(promql.count(REQUESTS, BY_SERVICE_NAME, STATUS), "{{http_response_status_code}}"),
        ),
    ]


def traffic() -> Panels:
    ways_out = links.of_service(links.SERVICE_NAME)
    return [
        time_series(
            "Request rate by endpoint",
            "Requests per second to each route.",
            "reqps",
            query(promql.rate(REQUESTS, BY_SERVICE_NAME, ROUTE), ROUTE_LEGEND),
            links=ways_out,
        ),
        time_series(
            "Request rate by status code",
            "Answers per second. 4xx are refusals, 5xx our faults.",
            "reqps",
            query(promql.rate(REQUESTS, BY_SERVICE_NAME, STATUS), "{{http_response_status_code}}"),
            stacked=True,
        ),
        time_series(
            "Success by endpoint",
            "Share of requests that are answered without a 5xx, by route.",
            "percentunit",
            query(success_ratio(ROUTE), ROUTE_LEGEND),
            links=ways_out,
        ).max(1),
        time_series(
            "Requests under way",
            "Requests that have begun and are not answered yet.",
            "short",
            query(
                promql.total(f"http_server_active_requests{{{BY_SERVICE_NAME}}}", "service_name"), "{{service_name}}"
            ),
            links=ways_out,
        ),
    ]


def latency() -> Panels:
    return [
        heat(
            "Latency of all requests",
            "How many requests took how long. Each dot is a request: follow it to its trace.",
            "s",
            promql.buckets(DURATION, BY_SERVICE_NAME),
        ),
        time_series(
            "Latency percentiles",
            "Half, 95 % and 99 % of the requests take less.",
            "s",
            *(
                query(promql.quantile(q, DURATION, BY_SERVICE_NAME), name, exemplars=True)
                for name, q in PERCENTILES.items()
            ),
        ),
        time_series(
            "Latency by endpoint, p95",
            "95 % of the requests to a route take less. Each dot is a request: follow it to its trace.",
            "s",
            query(promql.quantile(0.95, DURATION, BY_SERVICE_NAME, ROUTE), ROUTE_LEGEND, exemplars=True),
            links=links.of_service(links.SERVICE_NAME),
        ),
        rows(
            "Endpoints",
            "All routes, the busiest first. A service's name leads to its logs, traces and profile.",
            {"service_name": "Service", "http_request_method": "Method", "http_route": "Route"},
            {
                "Requests per second": ("reqps", promql.rate(REQUESTS, BY_SERVICE_NAME, ROUTE)),
                "Success": ("percentunit", success_ratio(ROUTE)),
                **{
                    name: ("s", promql.quantile(q, DURATION, BY_SERVICE_NAME, ROUTE)) for name, q in PERCENTILES.items()
                },
            },
            links=links.of_service(links.CELL),
        ),
    ]


def requests() -> Panels:
    return [
        traces(
            "Slow requests",
            "The longest of the newest requests that took more than 100 ms. Click an id to see where the time went.",
            '{ resource.service.name =~ "$service" && kind = server && duration > 100ms }',
        ),
        traces(
            "Failed requests",
            "Requests whose server span has the status error.",
            '{ resource.service.name =~ "$service" && kind = server && status = error }',
            span=12,
            shown_by="payments_down",
        ),
        logs(
            "Refused and failed requests",
            "Why a request was refused or failed, by the service itself.",
            '{service_namespace="webstore", service_name=~"$service"} | event_name=~"request[.].+"',
            height=8,
            shown_by="wrong_passwords",
        ),
    ]


def dashboard() -> Dashboard:
    panels = {"At a glance": at_a_glance(), "Traffic": traffic(), "Latency": latency(), "Requests": requests()}
    return board(catalogue.ENDPOINTS, panels, [variables.service(REQUESTS, "service_name")])
