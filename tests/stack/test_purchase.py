"""One purchase, followed into every engine by that engine's own API."""

import re

import pytest

from tests.support import engines, traffic
from tests.support.polling import eventually
from tests.support.stack import SHOP_URL, Stack
from tools import telemetry

SERVICES = set(telemetry.SERVERS)
#: client, server: what must be an edge of the service graph after one purchase.
EDGES = {
    ("main-service", "payments-service"),
    ("payments-service", "payment-provider"),
    ("main-service", "inventory-system"),
    ("main-service", "promotions-service"),
    ("main-service", "crm-system"),
    ("main-service", "postgres"),
    ("main-service", "redis"),
}
# Arrival of telemetry, in seconds: exporters send every 5 s, Prometheus scrapes every few, Tempo's generator every 15.
SOON = 60
PROFILES = 90
COUNTERS = ("webstore_cart_additions_total", 'webstore_checkouts_total{status="completed"}')


@pytest.fixture(scope="module")
def before(stack: Stack) -> dict[str, float]:
    """The counters that a purchase must move."""
    return {counter: engines.value(counter) for counter in COUNTERS}


@pytest.fixture(scope="module")
def purchase(before: dict[str, float]) -> str:
    """The trace's id."""
    return eventually(lambda: traffic.purchase(SHOP_URL, product_id=1), "a purchase", SOON)


def test_one_trace_holds_all_services_and_both_stores(purchase: str) -> None:
    def whole_trace() -> list[engines.Span]:
        spans = engines.trace(purchase)
        return spans if {span.service for span in spans} >= SERVICES else []

    spans = eventually(whole_trace, "a trace with all five services", SOON)
    assert {span.attributes.get("db.system.name") for span in spans} >= {"postgresql", "redis"}
    ids = {span.span_id for span in spans}
    orphans = [span for span in spans if span.parent_id not in ids]
    # Only the requests themselves, whose parent is this test.
    assert {span.name for span in orphans} == {"POST /cart/add", "POST /checkout"}, orphans


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_log_lines_of_each_service_carry_the_trace(purchase: str, service: str) -> None:
    selector = f'{{service_name="{service}"}} | trace_id="{purchase}"'
    lines = eventually(lambda: engines.log_lines(selector), f"a log line of {service}", SOON)
    assert all(re.fullmatch("[0-9a-f]{16}", line["span_id"]) for line in lines)
    assert all(line["event_name"] for line in lines)


def test_domain_metrics_reach_collector_and_prometheus(before: dict[str, float], purchase: str) -> None:
    def counted() -> bool:
        return all(engines.value(counter) > value for counter, value in before.items())

    eventually(counted, "the purchase in Prometheus", SOON)
    exposed = engines.text(engines.COLLECTOR_METRICS)
    for metric in ("webstore_cart_additions_total", "webstore_checkouts_total"):
        assert re.search(rf'^{metric}{{.*service_name="main-service".*}} \d', exposed, re.M), metric


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_span_metrics_of_each_service(purchase: str, service: str) -> None:
    calls = f'traces_spanmetrics_calls_total{{service="{service}", span_kind="SPAN_KIND_SERVER"}}'
    eventually(lambda: engines.value(calls) > 0, f"span metrics of {service}", SOON)


@pytest.mark.parametrize(("client", "server"), sorted(EDGES))
def test_service_graph_edge(purchase: str, client: str, server: str) -> None:
    edge = f'traces_service_graph_request_total{{client="{client}", server="{server}"}}'
    eventually(lambda: engines.value(edge) > 0, f"the edge {client} → {server}", SOON)


@pytest.mark.parametrize("service", ["main-service", "payments-service"])
def test_cpu_profile_of_a_service(purchase: str, service: str) -> None:
    eventually(lambda: engines.profile_samples(service) > 0, f"a CPU profile of {service}", PROFILES)


@pytest.mark.parametrize("service", [*sorted(SERVICES), "postgres", "tempo", "grafana"])
def test_container_memory_by_service(stack: Stack, service: str) -> None:
    memory = f'container_memory_working_set_bytes{{service="{service}"}}'
    eventually(lambda: engines.value(memory) > 1_000_000, f"memory of {service}", SOON)


def test_every_prometheus_target_is_up(stack: Stack) -> None:
    def down() -> dict[str, str]:
        return {name: health for name, health in engines.targets().items() if health != "up"}

    eventually(lambda: not down(), "all targets up", SOON)
    assert len(engines.targets()) >= 9
