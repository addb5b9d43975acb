"""Telemetry that nobody takes costs the buyer nothing."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest

from tools import local_shop
from tools.local_shop import SERVICES
from tools.processes import free_ports
from tools.shop_client import ShopClient

REQUESTS = 30
#: Of medians, measured in turns; twice as slow is more than this machine's noise.
BOUND = 2.0


@pytest.fixture(scope="module", params=["refusing", "silent"])
def unobserved_shop(programs, request):
    """At the endpoint there is nobody, or somebody who never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = free_ports(1)[0] if request.param == "refusing" else silent.getsockname()[1]
        with local_shop.running(f"http://127.0.0.1:{port}", print) as shop:
            yield shop


def test_requests_are_not_slower_and_do_not_fail(shop, unobserved_shop):
    buyers = {"observed": ShopClient(shop.url), "unobserved": ShopClient(unobserved_shop.url)}
    times: dict[str, list[float]] = {name: [] for name in buyers}
    for _ in range(REQUESTS):
        for name, buyer in buyers.items():
            start = time.perf_counter()
            answer = buyer.add_to_cart(product_id=8)
            times[name].append(time.perf_counter() - start)
            assert answer.status == 200
    assert median(times["unobserved"]) < BOUND * median(times["observed"])
    assert max(times["unobserved"]) < 1


def test_services_end_all_the_same(unobserved_shop):
    """What is queued is given up after a few seconds, well before a container engine would kill (10 s)."""
    ShopClient(unobserved_shop.url).add_to_cart(product_id=8)
    start = time.monotonic()
    with ThreadPoolExecutor() as threads:
        statuses = dict(zip(SERVICES, threads.map(unobserved_shop.processes.stop, SERVICES), strict=True))
    assert statuses == dict.fromkeys(SERVICES, 0)
    assert time.monotonic() - start < 9
