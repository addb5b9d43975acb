"""What browsers send arrives as the front end's and moves nothing else, whatever it claims to be (docs/adr/0015)."""

import json
import time
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import pytest

from tests.support import engines
from tests.support.engines import Span
from tests.support.plain_http import Response, request
from tests.support.polling import eventually
from tests.support.stack import FRONTEND_URL, Stack

SOON = 60  # seconds
NEAR = 90  # seconds that a corrected time may be off the receipt, on a busy machine
HOUR, DAY = 3600, 86400
SERVER, CLIENT, PRODUCER = 2, 3, 4
#: What a hostile page says of itself.
IMPOSTOR = {
    "service.name": "payments-service",
    "service.namespace": "elsewhere",
    "service.instance.id": "intruder",
    "deployment.environment.name": "production",
    "service.version": "<script>",
    "telemetry.sdk.language": "go",
    "host.name": "intruder",
}
FORBIDDEN = {
    "db.system.name": "intruder",
    "db.namespace": "intruder",
    "peer.service": "intruder",
    "server.address": "intruder",
    "messaging.system": "intruder",
    "user.email": "jane.doe@example.com",
    "enduser.id": "jane",
}
ALLOWED = {
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "url.template": "/checkout",
    "session.id": "0123456789abcdef",
    "order.id": 17,
    "payment.method": "paypal",
    "country": "US",
}
VITAL: dict[str, Any] = {"browser.web_vital.name": "lcp", "browser.web_vital.value": 1234.5, "url.template": "/"}
#: Series of the services that must not know of the intruder, and have no service of its name.
STRANGERS = '{__name__=~"traces_.+|target_info|http_.+", %s=~"intruder|elsewhere"}'


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value if abs(value) < 1e308 else str(value)}
        case dict():
            return {"kvlistValue": {"values": attributes(value)}}
    return {"stringValue": value}


def span(
    trace_id: str, name: str = "shop.checkout", off: float = 0.0, lasts: float = 0.5, **more: Any
) -> dict[str, Any]:
    """One that ended now by a clock that is `off` by so many seconds."""
    end = time.time() + off
    times = {"startTimeUnixNano": str(int((end - lasts) * 1e9)), "endTimeUnixNano": str(int(end * 1e9))}
    return {"traceId": trace_id, "spanId": token_hex(8), "name": name, "kind": 1, **times, **more}


def record(event: str, values: dict[str, Any], off: float = 0.0, **more: Any) -> dict[str, Any]:
    moment = str(int((time.time() + off) * 1e9))
    times = {"timeUnixNano": moment, "observedTimeUnixNano": moment}
    return {**times, "severityNumber": 9, "eventName": event, "body": {}, "attributes": attributes(values), **more}


def send_spans(*spans: dict[str, Any], resource: dict[str, str] | None = None) -> Response:
    scopes = [{"scope": {"name": "intruder", "version": "1"}, "spans": spans}]
    return _send("traces", {"resourceSpans": [{"resource": _resource(resource), "scopeSpans": scopes}]})


def send_records(*records: dict[str, Any], resource: dict[str, str] | None = None) -> Response:
    scopes = [{"scope": {"name": "intruder"}, "logRecords": records}]
    return _send("logs", {"resourceLogs": [{"resource": _resource(resource), "scopeLogs": scopes}]})


def _resource(values: dict[str, str] | None) -> dict[str, Any]:
    return {
        "attributes": attributes({"service.name": "frontend", "service.version": "1.2.3"} if values is None else values)
    }


def _send(signal: str, body: Any) -> Response:
    """Once there is room for it: the tests before may have spent what their address is allowed."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def post() -> Response | None:
        response = request(FRONTEND_URL, "POST", f"/otlp/v1/{signal}", data, Content_Type="application/json")
        return response if response.status != 429 else None

    response = eventually(post, "room for telemetry", SOON)
    assert response is not None
    return response


def arrived(trace_id: str, number: int = 1) -> list[Span]:
    return eventually(
        lambda: spans if len(spans := engines.trace(trace_id)) >= number else [], f"{number} spans of {trace_id}", SOON
    )


def lines(session: str, since: float, number: int = 1) -> list[dict[str, str]]:
    selector = f'{{service_name="frontend"}} | session_id="{session}"'
    return eventually(
        lambda: found if len(found := engines.log_lines(selector, since)) >= number else [],
        f"{number} lines of {session}",
        SOON,
    )


@pytest.fixture(autouse=True)
def running(stack: Stack) -> None:
    """All of it."""


@pytest.fixture
def trace_id() -> str:
    return token_hex(16)


@pytest.fixture
def session() -> str:
    return token_hex(16)


# --- Spans -------------------------------------------------------------------------------------------------------


def test_a_span_of_the_front_end_arrives_whole(trace_id: str) -> None:
    call = span(trace_id, "POST /checkout", kind=CLIENT, attributes=attributes(ALLOWED))
    assert send_spans(call).status == 200
    [found] = arrived(trace_id)
    assert (found.service, found.name) == ("frontend", "POST /checkout")
    assert {key: str(value) for key, value in found.attributes.items()} == {k: str(v) for k, v in ALLOWED.items()}
    assert found.end - found.start == pytest.approx(0.5, abs=0.001)


def test_a_span_that_claims_to_be_a_service_counts_for_the_front_end_alone(trace_id: str) -> None:
    of_front_end = 'traces_spanmetrics_calls_total{service="frontend", span_name="shop.checkout"}'
    began, before = time.time(), engines.value(f"sum({of_front_end})")
    impostors = [
        span(trace_id, kind=kind, attributes=attributes({**FORBIDDEN, "country": "US"}))
        for kind in (SERVER, PRODUCER, 5)
    ]
    assert send_spans(*impostors, resource=IMPOSTOR).status == 200
    for found in arrived(trace_id, len(impostors)):
        assert (found.service, found.attributes) == ("frontend", {"country": "US"})
    counted = before + len(impostors)
    eventually(lambda: engines.value(f"sum({of_front_end})") >= counted, of_front_end, SOON)
    assert {found["span_kind"] for found in engines.series(of_front_end, began)} == {"SPAN_KIND_INTERNAL"}
    assert (
        engines.series('traces_spanmetrics_calls_total{service="payments-service", span_name="shop.checkout"}', began)
        == []
    )
    for label in ("client", "server", "service_name", "server_address", "service_namespace"):
        assert engines.series(STRANGERS % label, began) == []


def test_a_status_that_does_not_exist_makes_no_series(trace_id: str) -> None:
    of_front_end = 'traces_spanmetrics_calls_total{service="frontend", span_name="shop.sign_out"}'
    began, before = time.time(), engines.value(f"sum({of_front_end})")
    sent = [span(trace_id, "shop.sign_out", status={"code": code}) for code in (1, 2, 12345)]
    assert send_spans(*sent).status == 200
    eventually(lambda: engines.value(f"sum({of_front_end})") >= before + len(sent), of_front_end, SOON)
    statuses = {found["status_code"] for found in engines.series(of_front_end, began)}
    assert statuses <= {"STATUS_CODE_UNSET", "STATUS_CODE_ERROR"}


@pytest.mark.parametrize("name", ["POST /api/payments/process", "shop.anything", "GET /orders/17", "", "x" * 4000])
def test_a_span_of_another_name_is_dropped_and_its_neighbour_kept(trace_id: str, name: str) -> None:
    assert send_spans(span(trace_id, name), span(trace_id)).status == 200
    assert [found.name for found in arrived(trace_id)] == ["shop.checkout"]


@pytest.mark.parametrize(
    "broken",
    [
        {"traceId": ""},
        {"traceId": "0" * 32},
        {"spanId": ""},
        {"links": [{"traceId": "1" * 32, "spanId": "1" * 16}]},
    ],
    ids=str,
)
def test_a_span_that_no_store_takes_costs_no_other(trace_id: str, broken: dict[str, Any]) -> None:
    assert send_spans({**span(trace_id), **broken}, span(trace_id, "shop.sign_in")).status == 200
    assert [found.name for found in arrived(trace_id)] == ["shop.sign_in"]


def test_values_of_another_form_are_left_out(trace_id: str) -> None:
    twice = attributes({"country": "US"}) + attributes({"country": "intruder"})
    odd = {
        "http.request.method": "GET\n",
        "http.response.status_code": "200",
        "order.id": {"deep": {"deeper": "x"}},
        "payment.method": "x" * 5000,
        "session.id": "jane.doe@example.com",
        "url.template": "/orders?token=secret",
        "error.type": "\u202e",
        "product.id": 3,
    }
    assert send_spans(span(trace_id, attributes=twice + attributes(odd))).status == 200
    [found] = arrived(trace_id)
    assert {key: str(value) for key, value in found.attributes.items()} == {"product.id": "3"}


@pytest.mark.parametrize("off", [3 * HOUR, -10 * DAY, 400, -400], ids=lambda off: f"{off:+d} s")
def test_spans_of_a_wrong_clock_move_to_their_receipt_together(trace_id: str, off: int) -> None:
    calls = [span(trace_id, "POST /cart/add", off - 1.5, lasts=0.25), span(trace_id, "POST /checkout", off - 0.5)]
    assert send_spans(*calls, span(trace_id, off=off, lasts=2.0)).status == 200
    found = {one.name: one for one in arrived(trace_id, 3)}
    assert abs(found["shop.checkout"].end - time.time()) < NEAR
    lengths = {name: round(one.end - one.start, 3) for name, one in found.items()}
    assert lengths == {"POST /cart/add": 0.25, "POST /checkout": 0.5, "shop.checkout": 2.0}
    assert found["shop.checkout"].end - found["POST /cart/add"].end == pytest.approx(1.5, abs=0.1)
    assert found["POST /checkout"].start > found["shop.checkout"].start


def test_a_clock_that_is_a_little_off_is_left_alone(trace_id: str) -> None:
    sent = span(trace_id, off=-100)
    assert send_spans(sent).status == 200
    [found] = arrived(trace_id)
    assert found.end == pytest.approx(int(sent["endTimeUnixNano"]) / 1e9, abs=0.001)


@pytest.mark.parametrize(("start", "end"), [("0", "0"), ("1", "NOW"), ("18446744073709551615", "NOW"), ("NOW", "1")])
def test_absurd_times_become_a_point_in_time(trace_id: str, start: str, end: str) -> None:
    now = str(time.time_ns())
    times = {"startTimeUnixNano": start.replace("NOW", now), "endTimeUnixNano": end.replace("NOW", now)}
    assert send_spans({**span(trace_id), **times}).status == 200
    [found] = arrived(trace_id)
    assert found.start == found.end
    assert abs(found.end - time.time()) < NEAR


def test_absurd_times_of_one_batch_become_the_receipt(trace_id: str) -> None:
    """Their distance is more than 64 bits hold."""
    absurd = [str(9_200_000_000_000_000_000), str(10_000_000_000_000_000_000)]
    spans = [{**span(trace_id), "startTimeUnixNano": end, "endTimeUnixNano": end} for end in absurd]
    assert send_spans(*spans).status == 200
    assert all(abs(found.end - time.time()) < NEAR for found in arrived(trace_id, len(spans)))


# --- Log records -------------------------------------------------------------------------------------------------


def test_a_vital_arrives_with_what_it_measured(session: str) -> None:
    assert (
        send_records(
            record("browser.web_vital", {**VITAL, **FORBIDDEN, "session.id": session}), resource=IMPOSTOR
        ).status
        == 200
    )
    [line] = lines(session, time.time() - NEAR)
    assert (line["event_name"], line["browser_web_vital_name"]) == ("browser.web_vital", "lcp")
    assert float(line["browser_web_vital_value"]) == 1234.5
    assert (line["service_namespace"], line["deployment_environment_name"]) == ("webstore", "demo")
    assert "intruder" not in str(line)
    assert "jane" not in str(line)


def test_values_that_are_no_measurement_do_not_end_a_query(session: str) -> None:
    """Each of them alone would make an unwrapped query fail."""
    odd = ["abc", float("nan"), 1e300, -1, {"x": 1}, True]
    sent = [
        record("browser.web_vital", {**VITAL, "browser.web_vital.value": value, "session.id": session}) for value in odd
    ]
    twice = record("browser.web_vital", {**VITAL, "session.id": session})
    twice["attributes"] += attributes({"browser.web_vital.value": "abc"})
    good = record("browser.web_vital", {**VITAL, "session.id": session})
    assert send_records(*sent, twice, good).status == 200
    [line] = lines(session, time.time() - NEAR)
    assert float(line["browser_web_vital_value"]) == 1234.5


@pytest.mark.parametrize("event", ["order.confirmed", "service.started", "", "browser.web_vital.x"])
def test_another_event_is_dropped(session: str, event: str) -> None:
    claimed = {"event.name": "order.confirmed", "session.id": session}
    good = record("browser.navigation", {"session.id": session})
    assert send_records(record(event, claimed), good).status == 200
    assert [line["event_name"] for line in lines(session, time.time() - NEAR)] == ["browser.navigation"]


def test_queries_and_personal_data_are_cut_out_of_every_text(session: str) -> None:
    texts = {
        "exception.type": "TypeError",
        "exception.message": "GET http://shop/api/x?token=secret1#secret2 and /y?z=secret3 failed for jane.doe@a.com",
        "exception.stacktrace": "at f (http://shop/assets/a.js?v=secret4:1:2)\nat g (http://shop/assets/b.js:3:4)",
        "url.full": "http://shop/orders?coupon=secret5#secret6",
        "session.id": session,
    }
    assert send_records(record("exception", texts), record("browser.navigation", texts)).status == 200
    found = lines(session, time.time() - NEAR, 2)
    assert "secret" not in str(found)
    assert "jane.doe" not in str(found)
    assert {line["url_full"] for line in found} == {"http://shop/orders"}
    [crash] = [line for line in found if line["event_name"] == "exception"]
    assert "http://shop/api/x and /y failed" in crash["line"]
    assert "b.js:3:4" in crash["exception_stacktrace"]
    assert crash["detected_level"] == "error"


def test_text_that_is_not_utf_8_arrives_readable(session: str) -> None:
    text = json.dumps(
        {
            "resourceLogs": [
                {
                    "scopeLogs": [
                        {"logRecords": [record("exception", {"exception.message": "BYTES", "session.id": session})]}
                    ]
                }
            ]
        }
    )
    assert _send("logs", text.encode().replace(b"BYTES", b"a\xff\xfe\xc3( \\ud800 b")).status == 200
    [line] = lines(session, time.time() - NEAR)
    assert line["line"].startswith("a")
    assert line["line"].endswith("b")


def test_long_values_are_cut(session: str) -> None:
    assert send_records(record("exception", {"exception.message": "ä" * 20_000, "session.id": session})).status == 200
    [line] = lines(session, time.time() - NEAR)
    assert 4000 <= len(line["exception_message"].encode()) <= 4096


@pytest.mark.parametrize("off", [3 * HOUR, -10 * DAY], ids=lambda off: f"{off:+d} s")
def test_a_record_of_a_wrong_clock_counts_when_it_arrives_and_its_neighbour_when_it_happened(
    session: str, off: int
) -> None:
    wrong = record("browser.web_vital", {**VITAL, "session.id": session}, off=off)
    right = record("browser.web_vital", {**VITAL, "session.id": session})
    assert send_records(wrong, right).status == 200
    assert len(lines(session, time.time() - NEAR, 2)) == 2


# --- The batch ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b"", 400), (b"x" * 200_000, 413), (b'{"resourceSpans":[]}', 200)],
    ids=["cut off", "a list", "nothing", "200 kB", "empty"],
)
def test_a_batch_that_is_none_is_rejected_once_and_for_all(body: bytes, status: int) -> None:
    """No status that an exporter repeats: 429, 502, 503 or 504."""
    assert _send("traces", body).status == status


def test_deeply_nested_values_stop_nothing(trace_id: str) -> None:
    depth = 3000
    nested = '{"kvlistValue":{"values":[{"key":"x","value":' * depth + '{"stringValue":"x"}' + "}]}}" * depth
    body = json.dumps(
        {
            "resourceSpans": [
                {"scopeSpans": [{"spans": [span(trace_id, attributes=[{"key": "order.id", "value": "DEEP"}])]}]}
            ]
        }
    )
    assert _send("traces", body.replace('"DEEP"', nested).encode()[: 128 * 1024]).status in (200, 400)
    assert send_spans(span(trace_id)).status == 200
    assert arrived(trace_id)


@pytest.fixture(scope="module", autouse=True)
def nothing_is_lost(stack: Stack) -> Iterator[None]:
    """No store rejected anything of what passed."""
    rejected = "otelcol_exporter_send_failed_spans_total or otelcol_exporter_send_failed_log_records_total"
    discarded = "sum(loki_discarded_samples_total) + sum(tempo_discarded_spans_total)"
    before = engines.value(rejected), engines.value(discarded)
    yield
    assert (engines.value(rejected), engines.value(discarded)) == before
