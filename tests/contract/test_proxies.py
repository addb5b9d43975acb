"""Behind a proxy, an address is what the proxy says. And the edge's refusals are telemetry like every other answer."""

import pytest

from tests.contract.conftest import ENVIRONMENT
from tests.support.local_telemetry import events
from tests.support.polling import eventually
from tools import local_shop
from tools.otlp_sink import OtlpSink
from tools.shop_client import Answer, ShopClient, new_traceparent

LIMIT = 3


#: 127.0.0.1 is the peer of every request.
PROXIES = {"trusted": "10.0.0.0/8, 127.0.0.0/8", "trusted by name": "10.0.0.0/8, localhost", "untrusted": "10.0.0.0/8"}


@pytest.fixture(scope="module", params=PROXIES)
def edge(programs, request):
    """A shop that takes 3 requests an address, its telemetry, and whether the tests' address is a trusted proxy's."""
    extra = {"TRUSTED_PROXIES": PROXIES[request.param], "RATE_LIMIT_IP": "3/hour"}
    with OtlpSink() as sink, local_shop.running(sink.endpoint, print, {**ENVIRONMENT, **extra}) as shop:
        if request.param == "trusted by name":
            eventually(lambda: logged(sink, "proxy.resolved"), "the name is resolved")
        yield ShopClient(shop.url, token=None), sink, request.param != "untrusted"


def ask(client: ShopClient, forwarded_for: str, **headers: str) -> Answer:
    return client.call("GET", "/coupons", X_Forwarded_For=forwarded_for, **headers)


def test_two_addresses_behind_a_trusted_proxy_are_two(edge):
    """Nobody else's header is believed. In both cases the right-most address that is no proxy's counts, not the
    left-most, which the client may have made up; and nonsense is answered like everything else."""
    client, sink, trusted = edge
    claims = [f"198.51.100.{number}, 203.0.113.7, 10.1.2.3" for number in range(LIMIT + 1)]
    assert [ask(client, claim).status for claim in claims] == [200] * LIMIT + [429]
    other = 200 if trusted else 429
    assert ask(client, "203.0.113.8").status == other
    for nonsense in ("", ",", "x" * 5000, "1.2.3.4:99999999999999999999", "[::1", "\xe4", "203.0.113.9%eth0"):
        assert ask(client, nonsense).status in ({200, 429} if trusted else {429}), nonsense

    trace_id, traceparent = new_traceparent()
    refused = ask(client, "203.0.113.7", traceparent=traceparent)
    assert refused.status == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert refused.body["trace_id"] == trace_id
    [span] = eventually(lambda: sink.trace(trace_id), "the span of a refused request")
    assert (span.name, span.attributes["http.response.status_code"]) == ("GET /coupons", 429)
    assert "203.0.113.7" not in str(span.attributes)
    assert span.attributes["client.address"] == ("203.0.113.0/24" if trusted else "127.0.0.0/24")
    eventually(lambda: counted(sink, "http.server.request.duration", "429"), "its duration")
    eventually(lambda: counted(sink, "webstore.rate_limit.exceeded", "ip"), "its metric")


def test_probes_pass(edge):
    client, _, _ = edge
    assert [client.call("GET", "/health").status for _ in range(LIMIT + 2)] == [200] * (LIMIT + 2)


def test_suspicious_activity_is_reported_in_the_requests_trace(edge):
    client, sink, _ = edge
    traces = [new_traceparent() for _ in range(20)]
    for _, traceparent in traces:
        assert client.call("GET", "/nowhere", traceparent=traceparent).status in (404, 429)
    reports = eventually(
        lambda: [t for t, _ in traces if events(sink, t)["main-service", "security.suspicious_activity"]], "a report"
    )
    assert len(reports) == 1
    eventually(lambda: counted(sink, "webstore.security.suspicious_activity", "abuse") == 1, "its metric")


def logged(sink: OtlpSink, event: str) -> bool:
    return any(line.attributes.get("event.name") == event for line in sink.logs)


def counted(sink: OtlpSink, metric: str, value: str) -> float:
    """Of main-service: what has this value among its labels."""
    return sum(
        number
        for (service, name, labels), number in dict(sink.series).items()
        if (service, name) == ("main-service", metric) and value in {str(label) for _, label in labels}
    )
