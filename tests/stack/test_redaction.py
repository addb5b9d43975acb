"""Personal data and secrets that a service might let slip end at the collector, in log lines and in spans."""

import time
from secrets import token_hex

import pytest

from tests.support import engines
from tests.support.faults import send
from tests.support.polling import eventually
from tests.support.stack import Stack

SOON = 60  # seconds
MASK = "****"
#: The name of an attribute, a text, and what of it must not be stored.
SLIPS = {
    "card number": ("note", "paid with 4111 1111 1111 1111", "1111 1111"),
    "e-mail address": ("note", "confirmation sent to jane.doe@example.com", "jane.doe"),
    "bearer token": ("note", "Authorization: Bearer user-token-123", "user-token-123"),
    "JSON Web Token": ("note", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
    "password in a URL": ("note", "postgresql://webstore:hunter2@postgres/webstore", "hunter2"),
    "password": ("user.password", "correct horse", "horse"),
}


@pytest.fixture(scope="module")
def slips(stack: Stack) -> dict[str, str]:
    """The trace in which each kind of secret was sent: in a line's text, in its attributes and in a span's."""
    return {kind: send_slip(key, text) for kind, (key, text, _) in SLIPS.items()}


def send_slip(key: str, text: str) -> str:
    trace_id, span_id, now = token_hex(16), token_hex(8), time.time_ns()
    attributes = [{"key": key, "value": {"stringValue": text}}]
    # A secret's name is known only of an attribute; in a text it is just words.
    body = text if key == "note" else "no secret"
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "careless-service"}}]}
    ids = {"traceId": trace_id, "spanId": span_id, "attributes": attributes}
    line = {"timeUnixNano": str(now), "severityNumber": 9, "body": {"stringValue": body}, **ids}
    span = {"name": "slip", "kind": 1, "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 10**6), **ids}
    send("logs", {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [line]}]}]})
    send("traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]})
    return trace_id


@pytest.mark.parametrize("kind", SLIPS)
def test_loki_never_sees_it(slips: dict[str, str], kind: str) -> None:
    key, _, secret = SLIPS[kind]
    selector = f'{{service_name="careless-service"}} | trace_id="{slips[kind]}"'
    (line,) = eventually(lambda: engines.log_lines(selector), f"the line with a {kind}", SOON)
    assert MASK in line[key.replace(".", "_")]
    assert secret not in str(line)


@pytest.mark.parametrize("kind", SLIPS)
def test_tempo_never_sees_it(slips: dict[str, str], kind: str) -> None:
    key, _, secret = SLIPS[kind]
    (span,) = eventually(lambda: engines.trace(slips[kind]), f"the span with a {kind}", SOON)
    assert MASK in span.attributes[key]
    assert secret not in str(span)
