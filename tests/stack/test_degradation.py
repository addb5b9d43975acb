"""The shop sells without its telemetry, and says so clearly when it can't sell."""

import time
from statistics import median

from tests.support import engines
from tests.support.polling import eventually
from tests.support.shop_responses import empty_cart
from tests.support.stack import SHOP_URL, Stack
from tools.shop_client import ShopClient, new_traceparent

BUYER = ShopClient(SHOP_URL)


def add_durations(count: int = 40) -> list[float]:
    """Seconds of each of `count` additions to the cart, all of which must work."""
    durations = []
    for _ in range(count):
        start = time.perf_counter()
        assert BUYER.add_to_cart(3).status == 200
        durations.append(time.perf_counter() - start)
    return durations


def test_a_collector_that_is_down_slows_nothing(stack: Stack) -> None:
    """Compared in one run, with a bound that is wide for a noisy machine: a blocking export would take seconds."""
    empty_cart(BUYER)
    add_durations(10)
    with_collector = median(add_durations())
    with stack.without("otel-collector"):
        without_collector = add_durations()
    ratio = median(without_collector) / with_collector
    print(f"median duration without the collector: {ratio:.2f} times that with it")
    assert ratio < 2
    assert max(without_collector) < 1.0
    empty_cart(BUYER)


def test_the_shop_sells_while_every_engine_is_down(stack: Stack) -> None:
    down = ("otel-collector", "prometheus", "alertmanager", "tempo", "loki", "pyroscope", "cadvisor", "grafana")
    with stack.without(*down):
        assert buy() in (200, 402)


def test_a_trace_made_while_tempo_is_down_arrives_later(stack: Stack) -> None:
    trace_id, traceparent = new_traceparent()
    with stack.without("tempo"):
        assert BUYER.call("GET", "/cart", traceparent=traceparent).status == 200
        time.sleep(6)  # for the service to hand it to the collector
        stack.run("docker", "compose", "restart", "otel-collector")  # its queue is on a volume
    eventually(lambda: engines.trace(trace_id), "the trace from the collector's queue", 120)


def test_redis_that_is_down_costs_no_sale(stack: Stack) -> None:
    with stack.without("redis"):
        assert BUYER.call("GET", "/ready").body["redis"] != "ok"
        assert buy() in (200, 402)
        login = {"username": "user123", "password": "password123"}
        refused = ShopClient(SHOP_URL, token=None).call("POST", "/auth/login", login)
        assert (refused.status, refused.headers.get("retry-after")) == (503, "5")


def test_payments_that_are_down_are_told_and_the_cart_stays(stack: Stack) -> None:
    empty_cart(BUYER)
    BUYER.add_to_cart(3, 2)
    before = BUYER.call("GET", "/cart").body["items"]
    with stack.without("payments-service"):
        refused = BUYER.checkout()
    assert refused.status == 503
    assert refused.body["type"] == "urn:webstore:problem:payment-unavailable"
    assert refused.headers["retry-after"]
    after = BUYER.call("GET", "/cart").body["items"]
    assert [(item["product_id"], item["quantity"]) for item in after] == [
        (item["product_id"], item["quantity"]) for item in before
    ]


def test_a_database_that_is_down_is_told(stack: Stack) -> None:
    with stack.without("postgres"):
        assert BUYER.call("GET", "/health").status == 200
        refused = BUYER.call("GET", "/US/products")
        assert refused.status == 503
        assert refused.body["trace_id"]
    eventually(lambda: BUYER.call("GET", "/US/products").status == 200, "the catalogue after the database is back", 30)


def test_all_telemetry_flows_again_after_that(stack: Stack) -> None:
    """Stands last. An exporter that has lost its collector may take half a minute to find it again."""
    eventually(stack.passes_health_check, "a health check without a failure", 120)


def buy() -> int:
    assert BUYER.add_to_cart(7).status == 200
    return BUYER.checkout().status
