"""Telemetry costs no more than docs/10_TELEMETRY_COST.md says."""

import pytest

from tests.load import shops
from tests.load.telemetry_price import BUYERS, at_rest, compare, report
from tools import local_shop

ROUNDS, SECONDS = 6, 1.0
#: Of the throughput that main-service's processor time allows, with room for a noisy machine: it is some 30 %.
BOUND = 0.5
#: Seconds: as long as from one export of metrics or profiles to the next.
REST = 10.0
#: Of a processor: it is 0.025, and 0.105 when the profiler looks five times as often.
BOUND_AT_REST = 0.07


@pytest.fixture(scope="module")
def local():
    if missing := local_shop.missing_tools():
        pytest.skip(f"needs {', '.join(missing)}")
    with shops.local(BUYERS) as running:
        yield running


@pytest.fixture(scope="module")
def comparisons(local):
    measured = compare(local, ROUNDS, SECONDS)
    print("\n" + report(measured, "local processes", ROUNDS, SECONDS))
    return measured


@pytest.mark.parametrize("action", ["cart adds", "checkouts"])
def test_loss(comparisons, action):
    (comparison,) = [one for one in comparisons if one.action == action]
    loss = comparison.cpu or comparison.throughput
    assert loss.median < BOUND


def test_little_is_done_while_nobody_buys(local):
    cost = at_rest(local, REST)
    if cost is None:
        pytest.skip("the processor time of a process is known on Linux only")
    print(f"\nat rest: {cost:.1%} of a processor")
    assert cost < BOUND_AT_REST
