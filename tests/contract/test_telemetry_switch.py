"""OTEL_SDK_DISABLED=true switches all telemetry of all services off: spans, metrics, log records and profiles."""

import pytest

from tests.support.backends import Backends
from tests.support.third_parties import calm_all
from tools import local_shop
from tools.shop_client import ShopClient, new_traceparent


@pytest.mark.parametrize(("disabled", "taken"), [("false", {"otlp", "profiles"}), ("true", set())])
def test_what_the_backends_get(programs, disabled, taken):
    with Backends() as backends:
        settings = {"OTEL_SDK_DISABLED": disabled, "PYROSCOPE_SERVER_ADDRESS": backends.pyroscope}
        with local_shop.running(backends.otlp, print, settings) as shop:
            calm_all(shop)
            buyer = ShopClient(shop.url)
            assert buyer.add_to_cart(product_id=7).status == 200
            assert buyer.checkout().status == 200
        # They have stopped, and so sent what they had.
        assert backends.taken.keys() == taken


def test_a_callers_trace_goes_through_all_the_same(programs):
    """What a switched-off service passes on, one that is not joins up again."""
    settings = {"OTEL_SDK_DISABLED": "true"}
    with Backends() as backends, local_shop.running(backends.otlp, print, settings) as shop:
        trace_id, traceparent = new_traceparent()
        answer = ShopClient(shop.url).call("GET", "/orders/1", traceparent=traceparent)
        assert answer.status == 404
        assert answer.body["trace_id"] == trace_id
