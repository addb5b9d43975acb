"""A slow provider makes buyers wait, and nothing else: neither the database's connections nor the health check."""

import json
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles

from tests.support import shop_database, shop_responses
from tests.support.concurrency import BUYERS
from tests.support.stack import Stack
from tests.support.third_parties import calmed

POOL = 10  # database_pool_size, webstore/config.py
# Well below payments-service's time-out for one attempt, or it would ask again.
SLOW = {"min": 1500, "max": 1500}  # ms
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'main-service'"
#: Asks /health on one connection, every 20 ms for as many seconds, and prints how many milliseconds each answer took.
#: A process of its own in the container: the threads of 100 buyers would slow it down in this one.
PROBE = """
import json, sys, time
from http.client import HTTPConnection
connection, durations = HTTPConnection("127.0.0.1", 8000, timeout=10), []
end = time.monotonic() + float(sys.argv[1])
while (start := time.monotonic()) < end:
    connection.request("GET", "/health")
    assert connection.getresponse().read()
    durations.append((time.monotonic() - start) * 1000)
    time.sleep(0.02)
print(json.dumps(durations))
"""
PROBED = 5  # seconds


def test_100_waiting_checkouts_take_no_more_connections_and_no_health(stack: Stack) -> None:
    for buyer in BUYERS:
        shop_responses.empty_cart(buyer)
        assert buyer.add_to_cart(7).status == 200
    with calmed(stack, "payment-provider", latency_ms=SLOW), ThreadPoolExecutor(len(BUYERS) + 1) as threads:
        probe = threads.submit(probed_health, stack)
        checkouts = [threads.submit(buyer.checkout) for buyer in BUYERS]
        connections = []
        while not all(checkout.done() for checkout in checkouts):
            connections.append(int(shop_database.sql(stack, CONNECTIONS)))
        answers = [checkout.result() for checkout in checkouts]
    durations = probe.result()
    print(f"{shop_responses.outcomes(answers)}; connections {connections}")
    p50, p95, longest = median(durations), quantiles(durations, n=20)[-1], max(durations)
    print(f"/health {len(durations)} times: median {p50:.0f} ms, p95 {p95:.0f} ms, longest {longest:.0f} ms")
    # Whoever finds no connection to payments-service within a second is told to come again.
    assert shop_responses.outcomes(answers).keys() <= {"200", "payment-unavailable", "checkout-pending"}
    assert 1 <= max(connections) <= POOL
    # A check that waited for a checkout would wait as long as the provider. A fraction of that is this machine's: the
    # containers and the buyers share its cores.
    assert p50 < SLOW["min"] / 4
    assert longest < SLOW["min"]


def probed_health(stack: Stack) -> list[float]:
    command = ("docker", "compose", "exec", "-T", "main-service", "python", "-c", PROBE, str(PROBED))
    durations: list[float] = json.loads(stack.run(*command))
    return durations
