"""Hundreds of checkouts of 20 buyers, with a fault in the middle of each stretch. Every response must turn out true."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.support import engines, shop_database, shop_responses
from tests.support.concurrency import BUYERS, NAMES
from tests.support.polling import eventually, paced
from tests.support.soak import soaked
from tests.support.stack import Stack
from tests.support.third_parties import PORTS, behaviour, calmed, set_behaviour
from tests.support.traffic import COUNTRIES, PAYMENT_METHODS, PRODUCTS
from tools.shop_client import Answer, ShopClient

SEED = 20
CHECKOUTS = soaked(300, 5000)
CROWD = 20  # buyers
SCARCE, PLENTY = 40, 2000  # pieces of a product
SCARCE_PRODUCT = 5
LOST = 10  # responses
RUN = soaked(1200.0, 7200.0)  # seconds that the run may take
STRETCH = soaked(120.0, 1200.0)  # seconds until the next fault, at the most
RETRY = 3.0  # seconds in which a buyer asks again
PATIENCE = 60.0  # seconds that a buyer tries to get a response
#: The order may be half-way for 30 s before the sweeper takes it, and a message in hand for 30 s; the rest is pauses.
DUST = 150.0  # seconds
NO_ANSWER = "no answer"

#: What a client was told about an order, and the states that the order may be in when the dust has settled.
TRUE_IN = {
    "200": {"confirmed"},
    "200 delayed": {"confirmed", "cancelled"},
    "payment-declined": {"declined"},
    "payment-unavailable": {"failed"},
    "order-cancelled": {"cancelled"},
    "checkout-pending": {"confirmed", "declined", "failed", "cancelled"},
}
#: Told without an order; `unavailable` leaves open what becomes of it.
REFUSALS = {"cart-empty", "sold-out", "unavailable", NO_ANSWER}


@dataclass(frozen=True)
class Told:
    buyer: str
    key: str | None
    outcome: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass
class Load:
    """Buyers who buy until so many checkouts are made."""

    told: list[Told] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(CHECKOUTS)))
    #: The latest one's number.
    begun: int = 0

    def run(self, number: int) -> None:
        random = Random(SEED * 1000 + number)  # noqa: S311 - traffic, not cryptography
        # Not faster, or most of them would be turned away by a circuit that is open.
        for checkout, _ in zip(self._numbers, paced(RUN, every=2), strict=False):
            self.begun = checkout
            self._buy(BUYERS[number], NAMES[number], random)

    def _buy(self, buyer: ShopClient, name: str, random: Random) -> None:
        product, quantity = random.choice(PRODUCTS), random.randint(1, 3)
        country = random.choice([*COUNTRIES])
        body = {"payment_method": random.choice(PAYMENT_METHODS), "country": country}
        key = str(UUID(int=random.getrandbits(128))) if random.random() < 0.7 else None
        item = {"product_id": product, "quantity": quantity, "country": country}
        _until_answered(lambda: buyer.call("POST", "/cart/add", item))
        answer = self._check_out(buyer, name, key, body)
        # Whoever sent a key may ask again, and must get the same order.
        for _ in paced(RETRY, every=1) if key else ():
            if answer.outcome not in (NO_ANSWER, "unavailable"):
                break
            answer = self._check_out(buyer, name, key, body)
        if answer.outcome == "sold-out":  # or the cart would never be bought again
            _until_answered(lambda: _emptied(buyer))

    def _check_out(self, buyer: ShopClient, name: str, key: str | None, body: dict[str, str]) -> Told:
        headers = {"idempotency_key": key} if key else {}
        answer = _answer(lambda: buyer.call("POST", "/checkout", body, **headers))
        told = Told(name, key, NO_ANSWER)
        if answer:
            delayed = " delayed" if answer.body.get("fulfilment") == "delayed" else ""
            told = Told(name, key, shop_responses.outcome(answer) + delayed, answer.body)
        self.told.append(told)
        return told


def _answer(call: Callable[[], Answer]) -> Answer | None:
    try:
        return call()
    except (OSError, HTTPException):
        return None


def _emptied(buyer: ShopClient) -> Answer:
    """A line that can't be removed now is there at the next refusal."""
    cart = buyer.call("GET", "/cart")
    for item in cart.body["items"]:
        buyer.call("DELETE", f"/cart/items/{item['id']}")
    return cart


def _until_answered(call: Callable[[], Answer]) -> None:
    def answered() -> bool:
        answer = _answer(call)
        return answer is not None and answer.status == 200

    eventually(answered, "something is put into the cart", PATIENCE)


def lost_answers(stack: Stack) -> None:
    """The provider charges, and then answers 500, 503, 429 or nothing, each as likely."""
    began = time.time()
    lost = '{service_name="payment-provider"} | event_name="payment.answer_lost"'
    with behaviour(stack, "payment-provider", answer_loss_rate=0.5, seed=SEED):
        eventually(lambda: len(engines.log_lines(lost, since=began)) >= LOST, f"{LOST} lost responses", 60)


def killed(service: str) -> Callable[[Stack], None]:
    def fault(stack: Stack) -> None:
        stack.run("docker", "compose", "kill", "--signal", "KILL", service)
        stack.run("docker", "compose", "up", "-d", "--wait", service)

    return fault


def database_restarts(stack: Stack) -> None:
    stack.run("docker", "compose", "restart", "postgres")


FAULTS = {
    "answers lost after the charge": lost_answers,
    "kill -9 of main-service": killed("main-service"),
    "kill -9 of payments-service": killed("payments-service"),
    "kill -9 of payment-provider": killed("payment-provider"),
    "kill -9 of redis": killed("redis"),
    "restart of postgres": database_restarts,
}


@pytest.fixture(scope="module")
def told(stack: Stack) -> Iterator[list[Told]]:
    """What each buyer was told; the faults are over and the sweeper has been there."""
    for service in PORTS:
        set_behaviour(stack, service, seed=SEED)
    for product in PRODUCTS:
        shop_database.set_stock(stack, product, SCARCE if product == SCARCE_PRODUCT else PLENTY)
    load = Load()
    start = time.monotonic()
    with ThreadPoolExecutor(CROWD) as threads:
        buyers = [threads.submit(load.run, number) for number in range(CROWD)]
        for stretch, (name, fault) in enumerate(FAULTS.items()):
            middle = CHECKOUTS * (2 * stretch + 1) // (2 * len(FAULTS))
            eventually(lambda: load.begun >= middle, f"{middle} checkouts", STRETCH)  # noqa: B023 - ends within the turn
            print(f"{time.monotonic() - start:4.0f} s, checkout {load.begun}: {name}")
            fault(stack)
        for buyer in buyers:
            buyer.result()
    print(f"{time.monotonic() - start:4.0f} s: {Counter(answer.outcome for answer in load.told)}")
    eventually(lambda: _dust_has_settled(stack), "no order half-way and no message under way", DUST)
    print(f"{time.monotonic() - start:4.0f} s: the dust has settled")
    with calmed(stack, "payment-provider"):  # reconcile asks it about every order
        yield load.told
    shop_database.set_stock(stack, SCARCE_PRODUCT, PLENTY)


def _dust_has_settled(stack: Stack) -> bool:
    half_way = "status IN ('pending', 'authorised', 'cancelling') OR fulfilment = 'delayed'"
    waiting = "SELECT count(*) FROM outbox WHERE state = 'pending'"
    return shop_database.sql(stack, f"SELECT (SELECT count(*) FROM orders WHERE {half_way}) + ({waiting})") == "0"


@pytest.fixture(scope="module")
def orders(stack: Stack, told: list[Told]) -> dict[int, dict[str, Any]]:
    columns = "id, user_id, status, idempotency_key, subtotal_cents - discount_cents AS cents"
    found = shop_database.rows(stack, f"SELECT {columns} FROM orders WHERE user_id LIKE 'buyer%'")
    print(Counter(order["status"] for order in found))
    return {order["id"]: order for order in found}


def test_the_load_was_what_it_should_be(told: list[Told]) -> None:
    outcomes = Counter(answer.outcome for answer in told)
    assert len(told) >= CHECKOUTS
    assert outcomes["200"] > CHECKOUTS / 4
    assert outcomes["sold-out"] > 0
    assert outcomes[NO_ANSWER] > 0
    assert outcomes.keys() <= TRUE_IN.keys() | REFUSALS


def test_the_books_agree(stack: Stack, told: list[Told]) -> None:
    looked_at = shop_database.reconcile(stack)
    assert looked_at["payment-provider"] == looked_at["payments-service"] >= CHECKOUTS / 2
    assert looked_at["orders left half-way"] == 0


def test_every_answer_is_true(told: list[Told], orders: dict[int, dict[str, Any]]) -> None:
    for answer in told:
        if answer.outcome in REFUSALS:
            continue
        order = orders[answer.body["order_id"]]
        assert order["user_id"] == answer.buyer
        assert order["status"] in TRUE_IN[answer.outcome], (answer, order)
        if answer.outcome.startswith("200"):
            assert round(answer.body["total_amount"] * 100) == order["cents"], (answer, order)


def test_one_key_is_one_order(told: list[Told], orders: dict[int, dict[str, Any]]) -> None:
    """Only a failed order gives its key back."""
    kept = {
        (answer.key, answer.body["order_id"])
        for answer in told
        if answer.key and "order_id" in answer.body and orders[answer.body["order_id"]]["status"] != "failed"
    }
    assert Counter(key for key, _ in kept).most_common(1)[0][1] == 1


def test_messages_are_delivered_or_dead_for_a_reason(stack: Stack, told: list[Told]) -> None:
    messages = shop_database.rows(stack, "SELECT state, last_error FROM outbox")
    assert {message["state"] for message in messages} <= {"delivered", "dead"}
    assert all(message["last_error"] for message in messages if message["state"] == "dead")


def test_nothing_was_sold_that_was_not_there(stack: Stack, told: list[Told]) -> None:
    assert int(shop_database.sql(stack, "SELECT min(stock) FROM products")) >= 0
