"""Times that depend on others: time-outs, drains and grace periods in their order, and intervals that must fit."""

import pytest

from tests.support.readers import Reader, at, every, go_time, js_time, literal, python, scaled
from tools.telemetry import CONTRACT

WEBSTORE = "services/main-service/webstore"
PAYMENTS = "services/payments-service/internal"
EXTERNAL = "services/external"
METRIC_INTERVAL = CONTRACT["shared_values"]["metric_interval"][0]

#: What adds up to one time: a file and how it is read there.
Time = tuple[tuple[str, Reader], ...]

LIMITS = f"{PAYMENTS}/provider/limits.go"
SERVER = f"{PAYMENTS}/httpapi/server.go"
LONGEST_CHECKOUT: Time = ((f"{WEBSTORE}/shop.py", python("LONGEST_CHECKOUT")),)
DRAIN = ("services/main-service/main.py", python("SHUTDOWN_TIMEOUT"))
FLUSH = (f"{WEBSTORE}/telemetry/setup.py", python("FLUSH_TIMEOUT"))
PROVIDER_TOTAL = (LIMITS, go_time("Total"))
OF_PAYMENTS = ((SERVER, go_time("drainTimeout")), ("services/payments-service/main.go", go_time("flushTimeout")))
OF_THIRD_PARTY = (
    (f"{EXTERNAL}/shared/index.js", js_time("DRAIN_MS")),
    (f"{EXTERNAL}/shared/telemetry/index.js", js_time("FLUSH_TIMEOUT_MS")),
)
STOP_TIMEOUT = ("tools/processes.py", python("STOP_TIMEOUT"))
#: Docker's, where Compose says nothing.
GRACE = ("docker-compose.yml", lambda file: [10.0])


def client(dependency: str) -> tuple[str, Reader]:
    return f"{WEBSTORE}/clients/{dependency}.py", python("TIMEOUT")


def grace(service: str) -> tuple[str, Reader]:
    return "docker-compose.yml", at("services", service, "stop_grace_period")


def slowest(third_party: str) -> tuple[str, Reader]:
    """In seconds, on a normal day."""
    return f"{EXTERNAL}/{third_party}/service.js", scaled(every(r"latency_ms: \{ min: \d+, max: (\d+)"), 0.001)


#: Each is shorter than the next.
CHAINS: dict[str, list[Time]] = {
    "a charge is not given up while its callee still works on it": [
        (slowest("payment-provider"),),
        ((LIMITS, go_time("Attempt")),),
        (PROVIDER_TOTAL,),
        (client("payments"),),
        LONGEST_CHECKOUT,
    ],
    "a slow warehouse is waited for": [(slowest("inventory-system"),), (client("inventory"),)],
    "a slow CRM is waited for": [(slowest("crm-system"),), (client("crm"),)],
    "a buyer waits for the longest checkout": [
        LONGEST_CHECKOUT,
        (("tools/shop_client.py", python("ShopClient.timeout")),),
    ],
    "a stop waits for the longest checkout": [LONGEST_CHECKOUT, (DRAIN,)],
    "Compose waits for main-service": [(DRAIN, FLUSH), (grace("main-service"),)],
    "make demo waits for main-service": [(DRAIN, FLUSH), (STOP_TIMEOUT,)],
    "a stop waits for the longest payment": [(PROVIDER_TOTAL,), OF_PAYMENTS[:1]],
    "Compose waits for payments-service": [OF_PAYMENTS, (grace("payments-service"),)],
    "make demo waits for payments-service": [OF_PAYMENTS, (STOP_TIMEOUT,)],
    "Docker waits for a third party": [
        OF_THIRD_PARTY,
        ((f"{EXTERNAL}/shared/index.js", js_time("CLOSE_MS")),),
        (GRACE,),
    ],
    "a response is not cut off": [
        ((SERVER, go_time("ReadTimeout")), PROVIDER_TOTAL),
        ((SERVER, go_time("WriteTimeout")),),
    ],
    "silence is longer than a caller waits": [
        ((LIMITS, go_time("Attempt")),),
        ((f"{EXTERNAL}/payment-provider/answer-loss.js", js_time("SILENCE_MS")),),
    ],
    "a health check ends before Compose ends it": [
        (("services/payments-service/main.go", go_time("healthcheckTimeout")),),
        (("docker-compose.yml", at("x-healthcheck", "timeout")),),
    ],
}
#: Not longer than half the interval at which metrics move on, so that none is missed or old.
TWICE_AN_INTERVAL = [
    ("prometheus.yml", literal(r"scrape_interval: (\d+)s\n    honor_labels")),
    ("tempo.yaml", at("metrics_generator", "registry", "collection_interval")),
    (f"{WEBSTORE}/shop.py", python("GAUGES_INTERVAL")),
]


def total(time: Time) -> float:
    return sum(max(read(file)) for file, read in time)


@pytest.mark.parametrize("chain", CHAINS)
def test_each_time_is_shorter_than_the_next(chain):
    times = [total(time) for time in CHAINS[chain]]
    assert times == sorted({*times})


@pytest.mark.parametrize(("file", "read"), TWICE_AN_INTERVAL, ids=[file for file, _ in TWICE_AN_INTERVAL])
def test_value_is_taken_twice_in_an_interval(file, read):
    assert 2 * total(((file, read),)) <= METRIC_INTERVAL


def test_series_outlive_some_exports_that_fail():
    expiration = at("exporters", "prometheus", "metric_expiration")("otel-collector-config.yaml")
    assert expiration[0] >= 3 * METRIC_INTERVAL


def test_payments_service_takes_all_calls_that_main_service_makes_at_once():
    at_once = literal(r"Requests: +(\d+)")(LIMITS)
    assert python("CONNECTIONS")(f"{WEBSTORE}/clients/payments.py") <= at_once
