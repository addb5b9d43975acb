"""Telemetry costs no more than docs/10_TELEMETRY_COST.md says."""

import pytest

from tests.load import shops
from tests.load.telemetry_price import BUYERS, compare, report
from tools import local_shop

ROUNDS, SECONDS = 6, 1.0
#: Of the throughput that main-service's processor time allows, with room for a noisy machine.
BOUND = 0.65


@pytest.fixture(scope="module")
def comparisons():
    if missing := local_shop.missing_tools():
        pytest.skip(f"needs {', '.join(missing)}")
    with shops.local(BUYERS) as local:
        measured = compare(local, ROUNDS, SECONDS)
    print("\n" + report(measured, "local processes", ROUNDS, SECONDS))
    return measured


@pytest.mark.parametrize("action", ["cart adds", "checkouts"])
def test_loss(comparisons, action):
    (comparison,) = [one for one in comparisons if one.action == action]
    loss = comparison.cpu or comparison.throughput
    assert loss.median < BOUND
