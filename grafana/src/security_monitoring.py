"""Security: authentication, rate limits and suspicious activity. No address or name of a user is ever a label."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql
from .board import Panels, board
from .panels import latest, logs, number, query, rows, shares, time_series, traces

ATTEMPTS = "webstore_auth_attempts_total"
LOGOUTS = "webstore_auth_logouts_total"
FAILURES = "webstore_auth_failures_total"
LIMITED = "webstore_rate_limit_exceeded_total"
SUSPICIOUS = "webstore_security_suspicious_activity_total"
REQUESTS = "http_server_request_duration_seconds_count"
REFUSED = 'service_name="main-service", http_response_status_code=~"401|403|404|429"'


def at_a_glance() -> Panels:
    counters = {
        "Authentication failures": (
            FAILURES,
            "Tokens and passwords that were refused, in the chosen range.",
            "wrong_passwords",
        ),
        "Rate limits hit": (LIMITED, "Requests refused with 429, in the chosen range.", "low_rate_limit"),
        "Suspicious activity": (
            SUSPICIOUS,
            "Detections of guessing, scanning and abuse, in the chosen range.",
            "wrong_passwords",
        ),
    }
    return [
        number(
            "Authentication success",
            "Share of tokens and passwords that were accepted in the chosen range.",
            "percentunit",
            latest(f"1 - {promql.ratio(promql.count(FAILURES), promql.count(ATTEMPTS))}"),
            span=6,
            steps=("red", (0.5, "orange"), (0.9, "green")),
            shown_by="wrong_passwords",
        ),
        *(
            number(
                title,
                description,
                "short",
                latest(promql.count(counter)),
                span=6,
                steps=("green", (1, "orange"), (100, "red")),
                empty="0",
                shown_by=fault,
            )
            for title, (counter, description, fault) in counters.items()
        ),
    ]


def authentication() -> Panels:
    return [
        time_series(
            "Attempts",
            "Authentications per minute: logins with a password, and requests with a token. Logouts beside them.",
            "cpm",
            query(promql.per_minute(ATTEMPTS, "", "type"), "{{type}}"),
            query(promql.per_minute(LOGOUTS), "logout"),
            span=8,
        ),
        time_series(
            "Failures by reason",
            "Refused authentications per minute. Many wrong passwords: somebody is guessing.",
            "cpm",
            query(promql.per_minute(FAILURES, "", "reason"), "{{reason}}"),
            span=8,
            stacked=True,
            links=[links.logs("main-service")],
            shown_by="wrong_passwords",
        ),
        time_series(
            "Failure ratio",
            "Share of all authentications that were refused.",
            "percentunit",
            query(promql.ratio(promql.rate(FAILURES), promql.rate(ATTEMPTS)), "refused"),
            span=4,
            shown_by="wrong_passwords",
        ),
        shares(
            "Reasons",
            "Refused authentications in the chosen range.",
            "short",
            latest(promql.count(FAILURES, "", "reason"), "{{reason}}"),
            span=4,
            shown_by="wrong_passwords",
        ),
    ]


def attacks() -> Panels:
    return [
        time_series(
            "Suspicious activity by type",
            "Detections per minute, each of one client: many refused passwords or tokens (credential_stuffing), many "
            "unknown paths (endpoint_scanning), many refusals of any kind (abuse).",
            "cpm",
            query(promql.per_minute(SUSPICIOUS, "", "type"), "{{type}}"),
            span=8,
            stacked=True,
            links=[links.logs("main-service")],
            shown_by="wrong_passwords",
        ),
        time_series(
            "Rate limits hit by kind",
            "Requests refused with 429 per minute, by the limit that they met.",
            "cpm",
            query(promql.per_minute(LIMITED, "", "limit_type"), "{{limit_type}}"),
            span=8,
            stacked=True,
            shown_by="low_rate_limit",
        ),
        time_series(
            "Rate limits not checked",
            "Requests let through per minute because Redis, which counts, did not answer.",
            "cpm",
            query(promql.per_minute("webstore_rate_limit_skipped_total", "", "limit_type"), "{{limit_type}}"),
            span=8,
            shown_by="redis_down",
        ),
    ]


def refusals() -> Panels:
    by_endpoint = promql.count(REQUESTS, REFUSED, "http_route, http_response_status_code")
    return [
        time_series(
            "Refusals by status code",
            "Requests refused as not authenticated, not permitted, not found or too many, per second.",
            "reqps",
            query(promql.rate(REQUESTS, REFUSED, "http_response_status_code"), "{{http_response_status_code}}"),
            stacked=True,
            links=[links.logs("main-service"), links.to_dashboard(catalogue.ENDPOINTS)],
            shown_by="wrong_passwords",
        ),
        rows(
            "Refusals by endpoint",
            "In the chosen range. No route: the path does not exist.",
            {"http_route": "Route", "http_response_status_code": "Status"},
            {"Refusals": ("short", f"topk(20, {by_endpoint})")},
            shown_by="wrong_passwords",
        ),
        logs(
            "Security events",
            "Sign-ins, refusals and detections of main-service. Open a line for the link to its trace.",
            '{service_name="main-service"} | event_name=~"auth[.].+|security[.].+|request[.]refused"',
            height=8,
            shown_by="wrong_passwords",
        ),
        traces(
            "Refused requests",
            "Requests to main-service that were answered with 401, 403 or 429.",
            '{ resource.service.name = "main-service" && kind = server'
            " && (span.http.response.status_code = 401 || span.http.response.status_code = 403"
            " || span.http.response.status_code = 429) }",
            span=12,
            shown_by="wrong_passwords",
        ),
    ]


def dashboard() -> Dashboard:
    panels = {
        "At a glance": at_a_glance(),
        "Authentication": authentication(),
        "Attacks and limits": attacks(),
        "Refusals": refusals(),
    }
    return board(catalogue.SECURITY, panels)
