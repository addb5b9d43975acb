"""Rate, errors and duration of every service, whatever its language: from the server spans that Tempo counts."""

from . import promql
from .variables import BY_SERVICE

CALLS = "traces_spanmetrics_calls_total"
DURATION = "traces_spanmetrics_latency"
SERVER = f'span_kind="SPAN_KIND_SERVER", {BY_SERVICE}'
FAILED = f'{SERVER}, status_code="STATUS_CODE_ERROR"'


def request_rate(by: str = "service") -> str:
    return promql.rate(CALLS, SERVER, by)


def error_ratio(by: str = "service") -> str:
    return promql.ratio(promql.rate(CALLS, FAILED, by), request_rate(by))


def duration(q: float, by: str = "service") -> str:
    return promql.quantile(q, DURATION, SERVER, by)
