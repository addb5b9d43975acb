"""Values that several files need: each of them has what telemetry.yaml lists.

A file that needs such a value is a row of OWNERS; a new language adds one for each value that it needs.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
import yaml
from webstore.clients.http import LEEWAY
from webstore.shop import LONGEST_CHECKOUT

from tests.support.readers import (
    Reader,
    at,
    every,
    go_time,
    literal,
    number,
    python,
    same,
    scaled,
    seconds,
    setting,
    text,
)
from tests.support.repository import SERVICES
from tools.telemetry import CONTRACT

# The dashboards' SDK warns of an older model when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:Prefer using dashboardv2:DeprecationWarning")


@dataclass(frozen=True)
class Owner:
    value: str
    file: str
    read: Reader

    def __str__(self) -> str:
        return f"{self.value} {self.file}"


WEBSTORE = "services/main-service/webstore"
PROMOTIONS = "services/promotions-service"
PAYMENTS = "services/payments-service/internal"
EXTERNAL = "services/external"
RESILIENCE = "docs/adr/0007-resilience.md"
ALERTS, RULES = "prometheus-alerts.yml", "prometheus-rules.yml"
DEPLOYMENT, SLO_PAGE, RUNBOOKS = "docs/08_DOCKER_AND_DEPLOYMENT.md", "docs/06_ALERTS_AND_SLOS.md", "docs/runbooks.md"

#: What is no telemetry is listed where it is made.
SHARED: dict[str, list[Any]] = {
    **CONTRACT["values"],
    **CONTRACT["shared_values"],
    "login": literal(r'PASSWORDS = \{("\w+": "\w+")')("services/main-service/tests/test_auth.py"),
    "demo_tokens": [pair.split(":")[0] for pair in python("DEMO_TOKENS")(f"{WEBSTORE}/config.py")[0].split(",")],
    "rate_limits": [*setting("rate_limit_ip")(""), *setting("rate_limit_user")("")],
    "resource": ["demo", "webstore"],
    "longest_provider_call": go_time("Total")(f"{PAYMENTS}/provider/limits.go"),
    "redis_timeout": setting("redis_timeout")(""),
    "proxy_interval": python("RESOLVE_INTERVAL")(f"{WEBSTORE}/trusted_proxies.py"),
    "breaker_failures": python("FAILURES_TO_OPEN")(f"{WEBSTORE}/clients/circuit.py"),
    "breaker_pause": python("OPEN_FOR")(f"{WEBSTORE}/clients/circuit.py"),
}
SHARED["demo_token"] = SHARED["demo_tokens"][:1]

OWNERS = [
    Owner("countries", f"{WEBSTORE}/domain/countries.py", python("Country")),
    Owner("countries", f"{PAYMENTS}/payment/instruments.go", literal(r"labelledCountries = \[\]string\{(.+)\}")),
    Owner("countries", f"{PROMOTIONS}/Telemetry/PromotionEvents.cs", literal(r"s_countries = \[(.+)\]")),
    Owner("countries", f"{EXTERNAL}/shared/telemetry/outcome.js", literal(r"COUNTRIES = new Set\(\[(.+)\]\)")),
    Owner("countries", f"{EXTERNAL}/payment-provider/service.js", every(r"\b([A-Z]{2}): 0\.\d+")),
    Owner("countries", f"{EXTERNAL}/inventory-system/stock.js", every(r"^  \['([A-Z]{2})', \[")),
    Owner("countries", "tests/support/traffic.py", python("COUNTRIES")),
    Owner("countries_or_other", "grafana/src/variables.py", python("COUNTRIES")),
    Owner("payment_methods", f"{WEBSTORE}/domain/payment.py", python("Method")),
    Owner("payment_methods", f"{PAYMENTS}/payment/payment.go", literal(r"Methods = \[\]string\{(.+)\}")),
    Owner("payment_methods", f"{PAYMENTS}/httpapi/openapi.json", literal(r'"payment_method": \{ "enum": \[(.+)\] \}')),
    Owner(
        "payment_methods", f"{EXTERNAL}/payment-provider/routes.js", literal(r"payment_method: \{ enum: \[(.+)\] \}")
    ),
    Owner("payment_methods", "tests/support/traffic.py", python("PAYMENT_METHODS")),
    Owner("products", f"{EXTERNAL}/inventory-system/stock.js", literal(r"PRODUCT_IDS = \[(.+)\]")),
    Owner("products", "tests/support/traffic.py", python("PRODUCTS")),
    Owner("coupons", f"{PROMOTIONS}/Promotions/Coupon.cs", every(r'^ +new\("(\w+)", DiscountType')),
    Owner("tiers", f"{PROMOTIONS}/Promotions/Tier.cs", every(r'^ +new\("(\w+)", ')),
    Owner("stages", f"{WEBSTORE}/activity.py", python("Stage")),
    Owner("segments", f"{WEBSTORE}/domain/segments.py", python("Segment")),
    Owner("limit_types", f"{WEBSTORE}/rate_limits.py", python("LimitType")),
    Owner("breaker_states", f"{WEBSTORE}/clients/circuit.py", python("STATES")),
    Owner("containers", "docker-compose.yml", at("services")),
    Owner("latency_buckets", f"{WEBSTORE}/telemetry/metrics.py", python("SECONDS")),
    Owner("latency_buckets", f"{PAYMENTS}/telemetry/views.go", literal(r"secondBuckets\s+= \[\]float64\{(.+)\}")),
    Owner(
        "latency_buckets",
        f"{PROMOTIONS}/Telemetry/TelemetrySetup.cs",
        literal(r"double\[\] s_secondBounds = \[(.+)\]"),
    ),
    Owner("latency_buckets", f"{EXTERNAL}/shared/telemetry/index.js", literal(r"DURATION_BUCKETS_S = \[([^\]]+)\]")),
    Owner(
        "latency_buckets",
        "tempo.yaml",
        at("metrics_generator", "processor", "service_graphs", "histogram_buckets"),
    ),
    Owner("latency_buckets", "tempo.yaml", at("metrics_generator", "processor", "span_metrics", "histogram_buckets")),
    Owner("amount_buckets", f"{WEBSTORE}/telemetry/metrics.py", python("DOLLARS")),
    Owner("amount_buckets", f"{PAYMENTS}/telemetry/views.go", literal(r"usdBuckets\s+= \[\]float64\{(.+)\}")),
    Owner("latency_objective", RULES, same(r'le="([\d.]+)"')),
    Owner("latency_objective", "grafana/src/slo.py", python("LATENCY_OBJECTIVE")),
    Owner("latency_objective", SLO_PAGE, scaled(literal(r"take (\d+) ms or less"), 0.001)),
    Owner("latency_objective", "docs/adr/0009-slos-of-a-day.md", scaled(literal(r"good is (\d+) ms or less"), 0.001)),
    Owner("latency_events", RULES, same(r'\{([^{}]*http_route!~"[^"]+")(?:, le="[\d.]+")?\}')),
    Owner("latency_events", "grafana/src/slo.py", python("MEASURED")),
    Owner("slos", RULES, same(r"slo: (\w+) \}")),
    Owner("slos", "grafana/src/slo.py", python("SLOS")),
    Owner("slos", SLO_PAGE, every(r"^\| `(\w+)` \| [\d.]+ %")),
    Owner("burn_limits", ALERTS, same(r"([\d.]+) \* \(1 - slo:objective:ratio\)")),
    Owner("burn_limits", "grafana/src/slo.py", python("BURN_LIMITS")),
    Owner("burn_limits", "docs/adr/0009-slos-of-a-day.md", every(r"^\| `ErrorBudget\w+` \| \w+ \| ([\d.]+) \|")),
    Owner("burn_limits", SLO_PAGE, every(r"^\| `ErrorBudgetBurn\w+`, \w+ \| ([\d.]+)(?:, or ([\d.]+))?")),
    Owner("burn_limits", RUNBOOKS, every(r"([\d.]+) times(?:, or$| as many events)")),
    Owner("metric_interval", "docker-compose.yml", scaled(at("x-telemetry", "OTEL_METRIC_EXPORT_INTERVAL"), 0.001)),
    Owner("metric_interval", "prometheus.yml", at("global", "scrape_interval")),
    Owner("metric_interval", "prometheus.yml", at("global", "evaluation_interval")),
    Owner("metric_interval", ALERTS, literal(r"(\d+) \* sum\(sum_over_time\(slo:events")),
    Owner("metric_interval", "grafana/src/panels.py", lambda file: [*map(seconds, python("MIN_INTERVAL")(file))]),
    Owner("metric_interval", "grafana/provisioning/datasources/webstore.yaml", literal(r"timeInterval: (\d+)s")),
    Owner("container_interval", "docker-compose.yml", literal(r"--housekeeping_interval=(\d+)s")),
    Owner("container_interval", "prometheus.yml", literal(r"job_name: cadvisor\n    scrape_interval: (\d+)s")),
    Owner("retention", "prometheus.yml", literal(r"retention: \{ time: (\d+)h")),
    Owner("retention", "tempo.yaml", literal(r"block_retention: (\d+)h")),
    Owner("retention", "loki.yaml", literal(r"retention_period: (\d+)h")),
    Owner("retention", "pyroscope.yaml", literal(r"retention_period: (\d+)h")),
    Owner("retention", DEPLOYMENT, same(r"^\| (?:prometheus|tempo|loki|pyroscope)_data \|.* (\d+) h\b")),
    Owner("retention", DEPLOYMENT, literal(r"Stores keep (\d+) hours")),
    Owner("retention", "docs/09_TROUBLESHOOTING.md", literal(r"older than (\d+) hours")),
    Owner("demo_tokens", "tests/support/traffic.py", python("DEMO_TOKENS")),
    Owner("demo_token", "tools/shop_client.py", python("DEMO_TOKEN")),
    Owner("demo_token", "services/main-service/tests/visitors.py", literal(r"DEMO_TOKEN = (.+)")),
    Owner("demo_token", "health-check.sh", every(r"\$\{DEMO_TOKENS:-([\w-]+):")),
    Owner("demo_token", "README.md", same(r"Bearer ([\w-]+)")),
    Owner("demo_token", "docs/01_GETTING_STARTED.md", same(r"Bearer ([\w-]+)")),
    Owner("login", "tests/support/traffic.py", lambda file: [*import_module("tests.support.traffic").LOGIN.values()]),
    Owner("login", "README.md", every(r"log in as (\w+) / (\w+)")),
    Owner("login", RUNBOOKS, every(r'"username": "(\w+)", "password": "(\w+)"')),
    Owner("login", "docs/01_GETTING_STARTED.md", same(r'"username": "(\w+)", "password": "(\w+)"')),
    Owner("rate_limits", ".env.example", every(r"^#RATE_LIMIT_\w+=(.+)")),
    Owner("rate_limits", DEPLOYMENT, every(r"^\| `RATE_LIMIT_\w+` \| `(.+?)`")),
    Owner("resource", "docker-compose.yml", every(r"(?:namespace|environment\.name)=(\w+)")),
    Owner("resource", "tools/local_shop.py", every(r"(?:namespace|environment\.name)=(\w+)")),
    Owner("resource", f"{EXTERNAL}/shared/telemetry/index.js", every(r"(?:namespace|environment\.name)': '(\w+)'")),
    Owner("resource", "otel-collector-config.yaml", every(r'(?:namespace|environment\.name)"\], "(\w+)"')),
    Owner("longest_provider_call", ALERTS, literal(r"payments-service gives up after (\d+) s")),
    Owner("redis_timeout", DEPLOYMENT, literal(r"after its time-out \(([\d.]+) s\)")),
    Owner("proxy_interval", DEPLOYMENT, literal(r"such as `frontend` every (\d+) s")),
    Owner("breaker_failures", DEPLOYMENT, every(r"After (\d+) failures in a row")),
    Owner("breaker_pause", DEPLOYMENT, every(r"refuses calls at once for (\d+) s")),
    Owner("breaker_failures", RESILIENCE, every(r"opens after (\d+) failures in a row")),
    Owner("breaker_pause", RESILIENCE, every(r", for (\d+) s, then$")),
]


def ordered(values: Iterable[Any]) -> list[Any]:
    """Products are numbers in code and text in a label."""
    return sorted(number(value) if isinstance(value, str) else round(value, 6) for value in values)


@pytest.mark.parametrize("owner", OWNERS, ids=str)
def test_owner_has_the_listed_value(owner):
    assert ordered(owner.read(owner.file)) == ordered(SHARED[owner.value])


def test_every_listed_value_has_owners():
    assert CONTRACT["shared_values"].keys() <= {owner.value for owner in OWNERS}


def test_objective_is_a_bucket():
    assert {*SHARED["latency_objective"]} <= {*SHARED["latency_buckets"]}


# --- How often a normal day's payments fail ----------------------------------------------------------------------


def declined(failure_rate: float) -> float:
    """The share of payments that end as declined: an attempt that fails otherwise is repeated."""
    provider = f"{EXTERNAL}/payment-provider"
    errors = every(r"\{ status: (\d+),")(f"{provider}/service.js")
    declines = literal(r"DECLINE_STATUSES = \[(.+)\]")(f"{provider}/transactions.js")
    [retries] = literal(r"Retries: +(\d+)")(f"{PAYMENTS}/provider/limits.go")
    of_errors = len({*declines} & {*errors}) / len(errors)
    repeated = failure_rate * (1 - of_errors)
    return failure_rate * of_errors * sum(repeated**attempt for attempt in range(int(retries) + 1))


def failure_rates() -> dict[str, float]:
    found = re.findall(r"\b([A-Z]{2}): (0\.\d+)", text(f"{EXTERNAL}/payment-provider/service.js"))
    return {country: float(rate) for country, rate in found}


def test_readme_says_how_many_cards_are_declined():
    in_words = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty"}
    one_in = in_words[round(1 / declined(failure_rates()["US"]), -1)]
    assert f"one card in {one_in} is declined" in text("README.md")


def test_alerts_say_what_is_normal():
    rates = failure_rates().values()
    least, most = (f"{100 * declined(rate):.0f}" for rate in (min(rates), max(rates)))
    assert f"declines {least} to {most} % of the payments" in text(ALERTS)
    assert f"fail up to {100 * max(rates):.0f} % on a normal day" in text(ALERTS)


# --- Tables in the documentation ---------------------------------------------------------------------------------


def rows(file: str, heading: str) -> list[list[str]]:
    """The rows of the one table that has this first line."""
    tables = re.findall(rf"^{re.escape(heading)}\n\|[-|]+\n((?:\|.*\n)+)", text(file), re.MULTILINE)
    assert len(tables) == 1, f"{file} has {len(tables)} tables like {heading}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in tables[0].splitlines()]


def test_page_has_the_memory_limits():
    listed = {
        service: limit for limit, names in rows(DEPLOYMENT, "| limit | services |") for service in names.split(", ")
    }
    limits = {name: service["deploy"]["resources"]["limits"]["memory"] for name, service in SERVICES.items()}
    assert listed == limits


DEPENDENCIES = {"payments-service": "payments", "inventory-system": "inventory", "crm-system": "crm"} | {
    "promotions-service": "promotions"
}


@pytest.mark.parametrize(("dependency", "module"), DEPENDENCIES.items())
def test_pages_have_the_bounds_of_calls(dependency, module):
    made = import_module(f"webstore.clients.{module}")
    heading = "| dependency | a call takes at most | sent at once | requests a call | while it can't be reached |"
    [page] = [row for row in rows(DEPLOYMENT, heading) if row[0] == dependency]
    assert page[1:3] == [f"{made.TIMEOUT + LEEWAY:g} s", str(made.CONNECTIONS)]
    record = rows(RESILIENCE, "| | a call, in all | connections | attempts | sent again after |")
    [first, *_] = [row for row in record if row[0].split(":")[0] == dependency]
    assert first[1:3] == [f"{made.TIMEOUT:g} s", str(made.CONNECTIONS)]


def test_record_has_the_longest_checkout():
    assert f"(`LONGEST_CHECKOUT`, {LONGEST_CHECKOUT:g} s)" in text(RESILIENCE)


def test_page_has_the_waits_of_alertmanager():
    route = yaml.safe_load(text("alertmanager.yml"))["route"]
    waits = {
        one["receiver"]: [seconds({**route, **one}[key]) for key in ("group_wait", "repeat_interval")]
        for one in route["routes"]
    }
    table = rows(SLO_PAGE, "| alert | receiver | told after | again after |")
    assert {
        receiver: [*map(seconds, (first.replace(" ", ""), again.replace(" ", "")))]
        for _, receiver, first, again in table
    } == waits
