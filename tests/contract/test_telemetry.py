"""Whatever the tests before made the shop's processes send, telemetry.yaml lists it. A busy moment is made here."""

import pytest

from tests.support import traffic
from tests.support.polling import eventually
from tests.support.third_parties import calm, calm_all
from tools import telemetry
from tools.local_shop import LocalShop
from tools.otlp_sink import OtlpSink
from tools.shop_client import ShopClient

METRICS = {metric.instrument: metric for metric in telemetry.metrics() if metric.instrument}
EVENTS = {(event.service, event.name): event for event in telemetry.events()}
#: First parts of the names that runtimes, frameworks and SDKs give their metrics.
CONVENTIONS = {"db", "dotnet", "go", "http", "kestrel", "nodejs", "otel", "v8js"}
#: What Python's records have beside their own: where in the code they were made.
OF_PYTHON = {"code.file.path", "code.function.name", "code.line.number"}


@pytest.fixture(scope="module", autouse=True)
def moment(session_shop: LocalShop, sink: OtlpSink) -> None:
    calm_all(session_shop)
    traffic.normal_day(session_shop.url, visits=6)
    visitor = ShopClient(session_shop.url, traffic.sign_in(session_shop.url))
    visitor.call("POST", "/cart/merge", {"items": [{"product_id": 7, "quantity": 1}]}, idempotency_key="merge")
    visitor.call("POST", "/auth/logout")
    calm(session_shop, "payment-provider", outage=True)
    buyer = ShopClient(session_shop.url)
    buyer.add_to_cart(7)
    assert buyer.checkout().status == 503
    eventually(
        lambda: any(line.attributes.get("event.name") == "payment.unknown" for line in sink.logs), "its log line"
    )
    eventually(lambda: any(name == "payments_provider_retries" for _, name, _ in sink.series), "its retries")


def test_every_label_of_the_shops_metrics_is_listed(sink: OtlpSink) -> None:
    others = {
        (name, label, value)
        for _, name, labels in sink.series
        if name in METRICS
        for label, value in labels
        if str(value) not in METRICS[name].labels.get(label.replace(".", "_"), ())
    }
    assert others == set()


def test_every_metric_of_the_shop_is_listed(sink: OtlpSink) -> None:
    """Those of the runtimes and of HTTP follow the semantic conventions, which have a dot after the domain."""
    ours = {name for _, name, _ in sink.series if name.split(".")[0] not in CONVENTIONS}
    assert ours - METRICS.keys() == set()


def test_every_log_event_and_its_fields_are_listed(sink: OtlpSink) -> None:
    records = [
        (line.service, line.attributes["event.name"], line) for line in sink.logs if "event.name" in line.attributes
    ]
    assert {(service, name) for service, name, _ in records} - EVENTS.keys() == set()
    others = {
        (service, name, found)
        for service, name, line in records
        for found in [line.severity, *(line.attributes.keys() - OF_PYTHON - {"event.name"})]
        if found not in (*EVENTS[service, name].levels, *EVENTS[service, name].fields)
    }
    assert others == set()
