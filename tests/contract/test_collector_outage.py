"""Telemetry of the time without a collector arrives when it is back: count equals count."""

from tests.support.polling import eventually, paced
from tools.otlp_sink import OtlpSink
from tools.shop_client import ShopClient, new_traceparent

#: Longer than the SDKs' own exporters try (Python 10 s, Node and Go by default a minute at most with growing pauses).
OUTAGE = 45.0  # seconds
PAUSE = 1.5  # seconds between two purchases
#: gRPC for Node waits up to half a minute before it connects anew after such an outage.
RECOVERY = 90.0  # seconds

PURCHASE = {
    "main-service": "order.confirmed",
    "promotions-service": "promotion.checked",
    "payments-service": "payment.processed",
    "payment-provider": "payment.processed",
}


def _buy(shop) -> str:
    """The trace of a purchase."""
    buyer = ShopClient(shop.url)
    assert buyer.add_to_cart(product_id=7).status == 200
    trace_id, traceparent = new_traceparent()
    answer = buyer.checkout(traceparent=traceparent)
    assert answer.status == 200, answer.body
    return trace_id


def test_spans_and_log_lines_of_an_outage_are_delivered_afterwards(own_shop, own_sink: OtlpSink):
    _buy(own_shop)
    own_sink.__exit__()
    traces = [_buy(own_shop) for _ in paced(OUTAGE, PAUSE)]
    assert not own_sink.trace(traces[-1])

    own_sink.__enter__()

    def missing() -> list[tuple[str, str, str]]:
        return [
            (kind, service, trace)
            for trace in traces
            for service, event in PURCHASE.items()
            for kind, arrived in (
                ("span", any(span.service == service for span in own_sink.trace(trace))),
                ("log", any(_says(line, service, event) for line in own_sink.logs_of(trace))),
            )
            if not arrived
        ]

    eventually(lambda: not missing(), f"everything of {len(traces)} purchases arrived", RECOVERY)
    assert len(own_sink.trace(traces[0])) == len({span.span_id for span in own_sink.trace(traces[0])})


def _says(line, service: str, event: str) -> bool:
    return (line.service, line.attributes.get("event.name")) == (service, event)
