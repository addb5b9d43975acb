"""Service level objectives: budget, burn and what spends it. The series are those of the recording rules."""

from grafana_foundation_sdk.builders.dashboard import CustomVariable, Dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption

from . import catalogue, links, promql
from .board import Panels, board
from .panels import (
    Steps,
    dial,
    latest,
    logs,
    number,
    query,
    rows,
    time_series,
    traces,
    with_limit,
)

LATENCY_OBJECTIVE = 0.3  # seconds
IN_MS = f"{1000 * LATENCY_OBJECTIVE:.0f} ms"
SLOWER = f"duration > {1000 * LATENCY_OBJECTIVE:.0f}ms"  # in TraceQL
BUDGET = "slo:error_budget_remaining:ratio"
OBJECTIVE = "slo:objective:ratio"
SLOS = {
    "availability": "Requests that main-service answers without a 5xx",
    "latency": f"Requests, checkouts apart, that main-service answers within {IN_MS}",
    "payment_success": "Payments that end with an answer from the provider, accepted or declined",
}
WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d"]
# The burn rates at which the alerts page and ticket.
BURN_LIMITS = (3, 6, 14.4)
BUDGET_STEPS: Steps = ("red", (0.0001, "orange"), (0.25, "green"))
CHOSEN = 'slo="$slo"'
LATENCY = "http_server_request_duration_seconds"
SHOP = 'service_name="main-service"'
# What the objective of latency counts: a checkout waits for a bank and a warehouse.
MEASURED = f'{SHOP}, http_response_status_code!~"5..", http_route!~"(/orders)?/checkout"'


def error_ratio(window: str) -> str:
    return f"slo:error_ratio:rate{window}"


def burn_rate(window: str, selector: str) -> str:
    """1 spends the budget exactly in its period."""
    allowed = f"(1 - max by (slo) ({OBJECTIVE}{{{selector}}}))"
    return f"max by (slo) ({error_ratio(window)}{{{selector}}}) / {allowed}"


def state() -> Panels:
    return [
        dial(
            "Error budget remaining",
            "What is left of the failures that the objective allows in its period. At zero: stop changing, mend.",
            "percentunit",
            latest(f"max by (slo) ({BUDGET}{{}})", "{{slo}}"),
            steps=BUDGET_STEPS,
            span=12,
        ),
        number(
            "Compliance, last day",
            "Share of good events in the last 24 hours, to be compared with the objective.",
            "percentunit",
            latest(f"1 - max by (slo) ({error_ratio('1d')}{{}})", "{{slo}}"),
            span=12,
        ).decimals(3),
        number(
            "Objective",
            "Share of events that must be good.",
            "percentunit",
            latest(f"max by (slo) ({OBJECTIVE}{{}})", "{{slo}}"),
            span=12,
        ).decimals(1),
    ]


def burn() -> Panels:
    burning = time_series(
        "Burn rate of $slo by window",
        "How many times too fast the budget is spent; 1 spends it exactly in its period. "
        "The dashed lines are where alerts begin: a short and a long window above the same line.",
        "suffix:x",
        *(query(burn_rate(window, CHOSEN), window) for window in WINDOWS),
    )
    return [
        time_series(
            "Burn-down",
            "Error budget remaining over time. A steep fall is an incident, a slow one a habit.",
            "percentunit",
            query(f"max by (slo) ({BUDGET}{{}})", "{{slo}}"),
        ).min(-1),
        with_limit(burning, *BURN_LIMITS),
        time_series(
            "Bad events",
            "Events per second that spend budget: 5xx answers, slow answers, payments without an answer.",
            "cps",
            query("max by (slo) (slo:bad_events:rate1m{})", "{{slo}}"),
            span=6,
        ),
        time_series(
            "Events",
            "Events per second that an objective counts. With few of them a single failure weighs much.",
            "cps",
            query("max by (slo) (slo:events:rate1m{})", "{{slo}}"),
            span=6,
        ),
        rows(
            "Burn alerts",
            "Alerts on the budgets, pending and firing. The runbook says what to do.",
            {"alertname": "Alert", "slo": "SLO", "severity": "Severity", "alertstate": "State"},
            {
                "Alerts": (
                    "short",
                    'count by (alertname, slo, severity, alertstate) (ALERTS{slo!=""})',
                )
            },
            empty="None",
            shown_by="provider_outage",
        ),
    ]


def spenders() -> Panels:
    by_route = "http_route"
    requests = promql.rate(f"{LATENCY}_count", SHOP, by_route)
    failed = promql.rate(f"{LATENCY}_count", f'{SHOP}, http_response_status_code=~"5.."', by_route)
    answered = promql.rate(f"{LATENCY}_count", MEASURED, by_route)
    quick = promql.rate(f"{LATENCY}_bucket", f'{MEASURED}, le="{LATENCY_OBJECTIVE}"', by_route)
    paid = promql.rate("payments_processed_total", "", "country")
    unpaid = promql.rate("payments_processed_total", 'status=~"error|timeout"', "country")
    ways_out = [links.failed_traces("main-service"), links.logs("main-service")]
    return [
        time_series(
            "Availability: 5xx by route",
            "Which endpoint spends the budget of availability.",
            "percentunit",
            query(promql.ratio(failed, requests), "{{http_route}}"),
            span=8,
            links=[*ways_out, links.to_dashboard(catalogue.ENDPOINTS)],
            shown_by="payments_down",
        ),
        time_series(
            f"Latency: slower than {IN_MS} by route",
            "Which endpoint spends the budget of latency.",
            "percentunit",
            query(f"1 - {quick} / ({answered} > 0)", "{{http_route}}"),
            span=8,
            links=[links.traces("main-service", f" && {SLOWER}"), links.to_dashboard(catalogue.ENDPOINTS)],
        ),
        time_series(
            "Payment success: failures by country",
            "Where payments end without an answer from the provider. A declined card is no failure.",
            "percentunit",
            query(promql.ratio(unpaid, paid), "{{country}}"),
            span=8,
            links=[links.failed_traces("payments-service"), links.logs("payments-service")],
            shown_by="provider_outage",
        ),
        traces(
            "Requests that spent budget",
            f"Requests to main-service that failed or took longer than {IN_MS}.",
            f'{{ resource.service.name = "main-service" && kind = server && (status = error || {SLOWER}) }}',
            span=12,
        ),
        logs(
            "Errors of the shop",
            "What main-service, payments-service and promotions-service logged as an error.",
            '{service_name=~"main-service|payments-service|promotions-service"} | detected_level=~"error|fatal"',
            height=8,
            shown_by="provider_outage",
        ),
    ]


def slo_variable() -> CustomVariable:
    first = next(iter(SLOS))
    current = VariableOption(text=first, value=first, selected=True)
    return CustomVariable("slo").label("SLO").values(",".join(SLOS)).current(current)


def dashboard() -> Dashboard:
    definitions = "; ".join(f"{name}: {meaning}" for name, meaning in SLOS.items())
    panels = {"Where we stand": state(), "How fast it is spent": burn(), "What spends it": spenders()}
    return board(catalogue.SLO, panels, [slo_variable()]).description(f"{catalogue.SLO.question} {definitions}.")
