"""make demo: the shop without Docker, one purchase, and what its telemetry says of it."""

import signal
import sys
import time
from collections.abc import Callable
from subprocess import CalledProcessError

from tools import local_shop
from tools.local_shop import LocalShop
from tools.otlp_sink import OtlpSink, Series, moved
from tools.processes import ProcessError
from tools.shop_client import Answer, ShopClient, new_traceparent
from tools.trace_tree import render

PATIENCE = 20.0  # seconds for the CRM to be told and for all telemetry to arrive


def main() -> int:
    # A terminated demo must end its processes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    missing = local_shop.missing_tools()
    if missing:
        print("The demo needs what is missing here:", *missing, sep="\n  ")
        return 1
    try:
        for service, need in local_shop.left_out().items():
            _say(f"{service} is left out: it needs the {need}")
        local_shop.build(_say)
        with OtlpSink() as sink, local_shop.running(sink.endpoint, _say) as shop:
            return _show_purchase(sink, shop)
    except (ProcessError, CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130


def _show_purchase(sink: OtlpSink, shop: LocalShop) -> int:
    _wait_for(lambda: bool(sink.series))
    before = sink.counted_by_shop()
    trace_id, answer = _buy(ShopClient(shop.url))
    if answer.status != 200:
        print(f"The checkout was answered with {answer.status}: {answer.body}", file=sys.stderr)
        return 1
    services = shop.urls.keys()
    complete = _wait_for(lambda: {span.service for span in sink.trace(trace_id)} >= services)
    _wait_for(lambda: {line.service for line in sink.logs_of(trace_id)} >= services)
    _wait_for(lambda: any(name == "webstore.checkouts" for _, name, _ in sink.series))
    exports = sink.exports.copy()
    _wait_for(lambda: sink.exported_twice(exports, services))
    _print_trace(sink, trace_id)
    _print_logs(sink, trace_id)
    _print_metrics(moved(before, sink.counted_by_shop()))
    if not complete:
        print(f"Some services are missing from the trace after {PATIENCE:.0f} s.", file=sys.stderr)
    return 0 if complete else 1


def _buy(buyer: ShopClient) -> tuple[str, Answer]:
    """Until the card is accepted: the provider declines a card now and then, as real ones do."""
    for _ in range(5):
        trace_id, traceparent = new_traceparent()
        buyer.call("GET", "/US/products", traceparent=traceparent)
        buyer.add_to_cart(product_id=1, traceparent=traceparent)
        buyer.add_to_cart(product_id=7, quantity=2, traceparent=traceparent)
        answer = buyer.checkout(traceparent=traceparent)
        if answer.status != 402:
            break
        _say("the card was declined, buying again")
    return trace_id, answer


def _print_trace(sink: OtlpSink, trace_id: str) -> None:
    spans = sink.trace(trace_id)
    services = {span.service for span in spans}
    print(f"\nTrace {trace_id}: {len(spans)} spans of {len(services)} processes\n")
    print("\n".join(render(spans)))


def _print_logs(sink: OtlpSink, trace_id: str) -> None:
    print("\nIts log lines\n")
    for line in sorted(sink.logs_of(trace_id), key=lambda line: line.time):
        print(f"{line.service:<19} {line.severity:<5} {line.attributes.get('event.name', ''):<28} {line.body}")


def _print_metrics(changes: dict[Series, float]) -> None:
    """Of the shop's own metrics those that went up; a histogram shows its count."""
    print("\nThe metrics that moved\n")
    for (service, name, labels), change in sorted(changes.items(), key=lambda item: item[0][:2]):
        if change > 0:
            text = ", ".join(f"{key}={value}" for key, value in sorted(labels))
            print(f"{service:<19} +{change:<4g} {name} {{{text}}}")


def _wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _say(text: str) -> None:
    print(f"  … {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
