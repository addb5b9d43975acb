"""One shop for most tests, its third parties calm at the start of each; seeded, so that a run can be repeated."""

import os

import pytest

from tests.support.third_parties import calm_all
from tools import local_shop
from tools.otlp_sink import OtlpSink

#: The background work comes soon, and the third parties' numbers are always the same.
ENVIRONMENT = {"RANDOM_SEED": "1", "SWEEP_AFTER": "2", "SWEEP_INTERVAL": "0.3", "OUTBOX_INTERVAL": "0.2"}


@pytest.fixture(scope="session")
def sink():
    with OtlpSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def programs():
    """What the processes are started from."""
    missing = [*local_shop.missing_tools(), *local_shop.left_out().values()]
    if missing and "CI" not in os.environ:
        pytest.skip(f"needs {', '.join(missing)}")
    assert not missing
    local_shop.build(print)


@pytest.fixture(scope="session")
def session_shop(programs, sink):
    with local_shop.running(sink.endpoint, print, ENVIRONMENT) as shop:
        yield shop


@pytest.fixture
def shop(session_shop):
    calm_all(session_shop)
    return session_shop


@pytest.fixture
def own_sink():
    with OtlpSink() as sink:
        yield sink


@pytest.fixture
def own_shop(programs, own_sink):
    """For tests that stop a part of it."""
    with local_shop.running(own_sink.endpoint, print, ENVIRONMENT) as shop:
        calm_all(shop)
        yield shop
