"""Bounds, retries and breakers of the outgoing calls, against servers on loopback."""

import asyncio
import logging
from time import perf_counter

import fluxgate
import httpx
import pytest
from clock import stop_clock
from opentelemetry.sdk.trace import TracerProvider
from orders import LINE, ORDER, PURCHASE
from peer import DRIP, DROP, HANG, listening
from series import labels
from webstore.clients import circuit, crm, http, inventory, payments, promotions
from webstore.clients.circuit import FAILURES_TO_OPEN, CircuitOpen
from webstore.clients.http import ATTEMPTS, LEEWAY, JsonClient
from webstore.config import Settings
from webstore.domain import outbox
from webstore.domain.fulfilment import Unanswered
from webstore.domain.outbox import DeliveryFailed
from webstore.domain.payment import Outcome, Payment, PaymentUnknown
from webstore.shop import LONGEST_CHECKOUT

from tests.support.polling import eventually_on_loop

NAME = "inventory-system"
TIMEOUT = 1.0  # seconds, of calls that are to run into it
PATIENT = 60.0  # seconds, of all others: however slow the machine is


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """The same bounds, only shorter."""
    monkeypatch.setattr(http, "POOL_TIMEOUT", 0.1)
    monkeypatch.setattr(http, "LEEWAY", 0.2)


@pytest.fixture
def clock(monkeypatch):
    """Of the circuit breakers."""
    return stop_clock(monkeypatch, fluxgate.circuitbreaker, fluxgate.retries)


@pytest.fixture
def script():
    return [200]


@pytest.fixture
async def peer(script):
    async with listening(script) as peer:
        yield peer


@pytest.fixture
async def make_client():
    clients = []

    def make(url: str, **bounds):
        clients.append(JsonClient(NAME, url, **({"timeout": PATIENT, "connections": 10} | bounds)))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
def client(make_client, peer):
    return make_client(peer.url)


def caller_span():
    return TracerProvider().get_tracer("test").start_as_current_span("caller")


def test_the_sweeper_waits_for_the_longest_checkout():
    assert Settings(_env_file=None).sweep_after > LONGEST_CHECKOUT


@pytest.mark.parametrize("receiver", [crm, promotions], ids=lambda module: module.__name__)
def test_a_message_is_not_sent_twice_at_once(receiver):
    assert outbox.LEASE.total_seconds() > receiver.TIMEOUT + LEEWAY


@pytest.mark.parametrize("fault", [502, 503, 504, DROP])
async def test_what_may_pass_is_tried_again(fault, client, peer, moved):
    peer.script = [fault, fault, 200]
    with caller_span() as span:
        assert (await client.get("/things")).status_code == 200
    assert len(peer.requests) == 3
    error_type = "RemoteProtocolError" if fault == DROP else str(fault)
    assert moved("webstore.dependency.retries") == {labels(dependency=NAME, error_type=error_type): 2}
    assert [(event.name, dict(event.attributes)) for event in span.events] == [
        ("dependency.retry", {"dependency": NAME, "error.type": error_type, "retry.count": count}) for count in (1, 2)
    ]


async def test_retries_come_to_an_end(client, peer):
    peer.script = [503]
    assert (await client.get("/things")).status_code == 503
    assert len(peer.requests) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 404, 409, 429, 500, 501])
async def test_what_would_not_change_is_not_tried_again(status, client, peer, moved):
    peer.script = [status]
    assert (await client.get("/things")).status_code == status
    assert len(peer.requests) == 1
    assert moved("webstore.dependency.retries") == {}


@pytest.mark.parametrize("fault", [503, DROP])
async def test_what_may_have_had_an_effect_is_not_repeated(fault, client, peer):
    peer.script = [fault, 200]
    if fault == DROP:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/things", {}, repeatable=False)
    else:
        assert (await client.post("/things", {}, repeatable=False)).status_code == 503
    assert len(peer.requests) == 1


async def test_what_was_not_sent_is_tried_again_in_any_case(make_client, moved):
    async with listening([200]) as gone:
        pass
    with pytest.raises(httpx.ConnectError):
        await make_client(gone.url).post("/things", {}, repeatable=False)
    assert moved("webstore.dependency.retries") == {labels(dependency=NAME, error_type="ConnectError"): ATTEMPTS - 1}


@pytest.mark.parametrize("fault", [HANG, DRIP])
async def test_a_call_ends_in_time(fault, make_client, peer, moved):
    client = make_client(peer.url, timeout=TIMEOUT)
    peer.script = [fault]
    start = perf_counter()
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/things")
    assert TIMEOUT * 0.9 < perf_counter() - start < TIMEOUT + http.LEEWAY + 5  # a slow machine's
    assert len(peer.requests) == 1
    assert moved("webstore.dependency.active_calls") == {}


async def test_attempts_share_the_time(make_client, peer, monkeypatch):
    client = make_client(peer.url, timeout=2 * TIMEOUT)
    monkeypatch.setattr(http, "LEEWAY", 60)  # httpx's own time-out has to do it
    peer.script, peer.delay = [503], 1.2 * TIMEOUT
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/things")
    assert len(peer.requests) == 2


async def test_given_up_calls_give_their_connections_back(make_client, peer, monkeypatch):
    client = make_client(peer.url, connections=1, timeout=0.3)
    peer.script = [DRIP, DRIP, 200]
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/things")
    monkeypatch.setattr(client, "_timeout", PATIENT)  # without its connection it would not come to that
    assert (await client.get("/things")).status_code == 200


async def test_a_dependency_can_only_take_so_much_of_us(make_client, peer, moved):
    client = make_client(peer.url, connections=2)
    peer.script = [HANG]
    calls = [asyncio.create_task(client.get("/things")) for _ in range(3)]
    await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    assert moved("webstore.dependency.rejections") == {labels(dependency=NAME, reason="pool_exhausted"): 1}
    assert moved("webstore.dependency.active_calls") == {labels(dependency=NAME): 2}
    await peer.wait_for_requests(2)
    for call in calls:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["CancelledError", "CancelledError", "PoolTimeout"]
    assert moved("webstore.dependency.active_calls") == {}
    assert len(peer.requests) == 2


async def test_the_limit_is_told(make_client, peer, moved):
    make_client(peer.url, connections=123_456)
    [(told, _)] = moved("webstore.dependency.call_limit").items()
    assert told == labels(dependency=NAME)


async def fail_until_open(client, peer, fault=500):
    peer.script = [fault]
    for _ in range(FAILURES_TO_OPEN):
        await client.get("/things")


async def test_a_circuit_opens_refuses_tries_and_closes(client, peer, moved, clock):
    states = "webstore.dependency.circuit_breaker.state"
    await fail_until_open(client, peer)
    assert moved(states) == {labels(dependency=NAME, state="closed"): -1, labels(dependency=NAME, state="open"): 1}
    with pytest.raises(CircuitOpen):
        await client.get("/things")
    assert len(peer.requests) == FAILURES_TO_OPEN
    assert moved("webstore.dependency.rejections") == {labels(dependency=NAME, reason="circuit_open"): 1}

    clock.advance(circuit.OPEN_FOR - 0.1)
    with pytest.raises(CircuitOpen):
        await client.get("/things")
    clock.advance(0.1)
    assert (await client.get("/things")).status_code == 500  # the trial
    with pytest.raises(CircuitOpen):
        await client.get("/things")

    clock.advance(circuit.OPEN_FOR)
    peer.script = [200]
    assert (await client.get("/things")).status_code == 200
    assert moved(states) == {}
    assert len(peer.requests) == FAILURES_TO_OPEN + 2


async def test_a_circuit_tells_of_its_changes(client, peer, caplog, clock):
    with caller_span() as span:
        await fail_until_open(client, peer)
        clock.advance(circuit.OPEN_FOR)
        peer.script = [200]
        await client.get("/things")
    name, old, new = "dependency.circuit_breaker.state_changed", "circuit_breaker.old_state", "circuit_breaker.state"
    changes = [
        {"dependency": NAME, old: "closed", new: "open"},
        {"dependency": NAME, old: "open", new: "half-open"},
        {"dependency": NAME, old: "half-open", new: "closed"},
    ]
    assert [(event.name, dict(event.attributes)) for event in span.events] == [(name, change) for change in changes]
    lines = [vars(record) for record in caplog.records if record.name == "webstore.clients.circuit"]
    assert [{key: line[key] for key in ("dependency", old, new)} for line in lines] == changes
    assert {(line["event.name"], line["levelno"]) for line in lines} == {(name, logging.WARNING)}


async def test_one_trial_at_a_time(client, peer, clock):
    await fail_until_open(client, peer)
    clock.advance(circuit.OPEN_FOR)
    peer.script = [HANG]
    calls = [asyncio.create_task(client.get("/things")) for _ in range(3)]
    await eventually_on_loop(lambda: sum(call.done() for call in calls) == 2, "two calls are rejected")
    [trial] = [call for call in calls if not call.done()]  # the others do not wait for its end
    assert [type(call.exception()) for call in calls if call.done()] == [CircuitOpen, CircuitOpen]
    await peer.wait_for_requests(FAILURES_TO_OPEN + 1)
    trial.cancel()
    await asyncio.wait([trial])
    assert len(peer.requests) == FAILURES_TO_OPEN + 1


@pytest.mark.parametrize("status", [200, 400, 404, 429])
async def test_an_answer_that_is_no_fault_keeps_the_circuit_closed(status, client, peer):
    peer.script = [*[500] * (FAILURES_TO_OPEN - 1), status, *[500] * (FAILURES_TO_OPEN - 1), status]
    for _ in range(2 * FAILURES_TO_OPEN):
        await client.get("/things")
    assert len(peer.requests) == 2 * FAILURES_TO_OPEN


async def test_a_circuit_that_opens_ends_the_retries(client, peer):
    peer.script = [503]
    await client.get("/things")
    with pytest.raises(CircuitOpen):
        await client.get("/things")
    assert len(peer.requests) == FAILURES_TO_OPEN


async def test_a_pool_that_is_used_up_does_not_open_the_circuit(make_client, peer):
    client = make_client(peer.url, connections=1)
    peer.script = [HANG, 200]
    stuck = asyncio.create_task(client.get("/things"))
    await peer.wait_for_requests(1)
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(httpx.PoolTimeout):
            await client.get("/things")
    stuck.cancel()
    await asyncio.wait([stuck])
    assert (await client.get("/things")).status_code == 200


class TestWhatAnOpenCircuitMeans:
    @pytest.fixture
    def script(self):
        return [500]

    async def test_payments(self, peer):
        client = payments.Payments(peer.url)
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(PaymentUnknown, match="status 500"):
                await client.find(ORDER)
        assert await client.charge(ORDER) == Payment(Outcome.NOT_CHARGED, reason="payment_unavailable")
        for ask in (client.find, client.void):
            with pytest.raises(PaymentUnknown, match="CircuitOpen"):
                await ask(ORDER)
        assert len(peer.requests) == FAILURES_TO_OPEN
        await client.close()

    async def test_inventory(self, peer):
        client = inventory.Inventory(peer.url)
        for _ in range(FAILURES_TO_OPEN):
            await client.reserve(ORDER, LINE)
        assert await client.reserve(ORDER, LINE) == Unanswered()
        assert await client.release(ORDER, LINE) is False
        assert len(peer.requests) == FAILURES_TO_OPEN
        await client.close()

    async def test_promotions(self, peer):
        client = promotions.Promotions(peer.url)
        for _ in range(FAILURES_TO_OPEN + 1):
            assert await client.discount(PURCHASE) == promotions.UNAVAILABLE
        assert await client.coupons() == []
        assert len(peer.requests) == FAILURES_TO_OPEN
        await client.close()

    async def test_crm(self, peer):
        client = crm.Crm(peer.url)
        order = {"user_id": "user123", "order_id": "order-1", "amount": 1.0, "country": "DE"}
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(DeliveryFailed, match="status 500"):
                await client.record_order(order)
        with pytest.raises(DeliveryFailed, match="circuit open"):
            await client.record_order(order)
        assert len(peer.requests) == FAILURES_TO_OPEN
        await client.close()


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_failing_provider_is_not_a_failing_payments_service(status, peer, moved):
    """payments-service retries its provider and has a breaker for it."""
    peer.script = [status]
    client = payments.Payments(peer.url)
    for operation in (client.charge, client.find, client.void) * FAILURES_TO_OPEN:
        with pytest.raises(PaymentUnknown, match=f"status {status}"):
            await operation(ORDER)
    assert len(peer.requests) == 3 * FAILURES_TO_OPEN
    assert moved("webstore.dependency.retries") == {}
    await client.close()


async def test_a_charge_is_sent_once_but_a_question_again(peer):
    peer.script = [DROP, 404]
    client = payments.Payments(peer.url)
    with pytest.raises(PaymentUnknown, match="RemoteProtocolError"):
        await client.charge(ORDER)
    peer.script = [DROP, 404]
    assert (await client.find(ORDER)).outcome is Outcome.NOT_CHARGED
    assert [line.split()[0] for line in peer.requests] == ["POST", "GET", "GET"]
    await client.close()


async def test_the_crm_is_asked_once_a_delivery(peer):
    peer.script = [503]
    client = crm.Crm(peer.url)
    with pytest.raises(DeliveryFailed, match="status 503"):
        await client.record_order({"order_id": "order-1", "country": "DE"})
    assert len(peer.requests) == 1
    await client.close()
