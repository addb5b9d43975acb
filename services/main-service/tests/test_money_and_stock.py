"""Whatever buyers, cards, warehouses and crashes do, and in whatever order: money adds up to the cent, and stock and
carts to the piece.
"""

import asyncio
import shutil
from collections import Counter
from itertools import count

import httpx
from books import Books
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from scripted import DECLINE, DECLINE_UNHEARD, LATE, LOST, UNHEARD, Step, World
from visitors import client_of
from webstore.background import Dispatcher, Sweeper
from webstore.domain import orders
from webstore.domain.fulfilment import SoldOut, Unanswered
from webstore.domain.orders import ENDED, HOLDS_STOCK, CheckoutRequest
from webstore.domain.promotion import Discount
from webstore.models import MessageKind, OrderStatus
from webstore.shop import Shop

from tests.support.soak import soaked

#: Days of so many events. The same ones each time; what a longer search finds becomes a test.
SEARCH = settings(
    max_examples=soaked(40, 800),
    stateful_step_count=soaked(15, 30),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

PIECES = 12  # of each product, so that a day's buyers come to the last one
WELL = Step()

buyers = strategies.sampled_from(["ann", "bob"])
products = strategies.sampled_from([1, 7])
keys = strategies.sampled_from([None, "first", "second"])
quantities = strategies.integers(1, 5)
#: What becomes of the next calls of the payment's three operations.
payments = strategies.fixed_dictionaries(
    {
        "charge": strategies.sampled_from([WELL, DECLINE, DECLINE_UNHEARD, UNHEARD, LOST, LATE]),
        "find": strategies.sampled_from([WELL, LOST]),
        "void": strategies.sampled_from([WELL, LOST, UNHEARD]),
    }
)

#: What a client was told about an order, and the states that the order may be in at the end of the day.
TRUE_IN = {
    "confirmed": {OrderStatus.CONFIRMED},
    "delayed": {OrderStatus.CONFIRMED, OrderStatus.CANCELLED},
    "payment-declined": {OrderStatus.DECLINED},
    "payment-unavailable": {OrderStatus.FAILED},
    "order-cancelled": {OrderStatus.CANCELLED},
    "checkout-pending": set(ENDED),
}
#: Answers without an order.
REFUSALS = {"cart-empty", "sold-out", "idempotency-conflict"}
#: The pieces went back into the cart.
UNDONE = (OrderStatus.DECLINED, OrderStatus.FAILED)


class Day(RuleBasedStateMachine):
    """A day in the shop, and at its end the books."""

    def __init__(self, shop: Shop, world: World):
        super().__init__()
        self._shop = shop
        self._world = world
        self._books = Books(shop, world)
        self._loop = asyncio.Runner()
        self._client = client_of(shop)
        self._tokens: dict[str, str] = {}
        #: Pieces by buyer and product that were put into carts and not taken out again.
        self._wanted: Counter[tuple[str, int]] = Counter()
        #: Buyer, key and body of each answer.
        self._told: list[tuple[str, str | None, dict]] = []
        for product in (1, 7):
            self._books.set_stock(product, PIECES)

    @rule(buyer=buyers, product=products, quantity=quantities)
    def put_into_cart(self, buyer, product, quantity):
        """Checkouts fill the cart themselves, or most would find it empty."""
        body = {"product_id": product, "quantity": quantity}
        assert self._loop.run(self._send(buyer, "POST", "/cart/add", json=body)).status_code == 200
        self._wanted[buyer, product] += quantity

    @precondition(lambda self: self._wanted)
    @rule(buyer=buyers, quantity=strategies.integers(0, 5))
    def change_cart(self, buyer, quantity):
        cart = self._loop.run(self._send(buyer, "GET", "/cart")).json()["items"]
        for item in cart[:1]:
            path = f"/cart/items/{item['id']}"
            change = ("PATCH", path, {"quantity": quantity}) if quantity else ("DELETE", path, None)
            assert self._loop.run(self._send(buyer, *change[:2], json=change[2])).is_success
            self._wanted[buyer, item["product_id"]] += quantity - item["quantity"]

    @rule(buyer=buyers, key=keys, product=products, quantity=quantities, payment=payments)
    def check_out(self, buyer, key, product, quantity, payment):
        self.put_into_cart(buyer, product, quantity)
        self._script(payment)
        self._loop.run(self._check_out(buyer, key))

    @rule(key=keys, product=products, quantity=quantities, payment=payments)
    def check_out_at_once(self, key, product, quantity, payment):
        """Both buyers, one of them three times, while two sweepers find the orders half-way."""
        for buyer in ("ann", "bob"):
            self.put_into_cart(buyer, product, quantity)
        self._script(payment)
        requests = [self._check_out(buyer, key) for buyer in ("ann", "ann", "bob", "ann")]
        self._loop.run(_together(*requests, self._sweeper.run(), self._sweeper.run()))

    @rule(buyer=buyers, product=products, reached=strategies.sampled_from(["placed", "charged", "authorised"]))
    def crash(self, buyer, product, reached):
        self.put_into_cart(buyer, product, 1)
        self._loop.run(self._crash(buyer, reached))

    @rule(product=products, answer=strategies.sampled_from([SoldOut(), Unanswered()]))
    def warehouse_fails(self, product, answer):
        self._world.inventory.answers[product].append(answer)

    @rule()
    def release_fails(self):
        self._world.inventory.failing_releases += 1

    @rule(cents=strategies.sampled_from([0, 1, 10_01, 10_000_00]))
    def discounts_change(self, cents):
        self._world.promotions.answer = Discount(cents, promotion_code="TIER") if cents else None

    @rule()
    def late_charges_arrive(self):
        self._world.payments.let_late_requests_arrive()

    @rule()
    def sweep(self):
        self._loop.run(self._sweeper.run())

    @rule()
    def tell_the_crm(self):
        receivers = {MessageKind.ORDER: self._world.crm.record_order}
        self._loop.run(Dispatcher(self._shop.database, receivers).run())

    @invariant()
    def books_agree(self):
        assert self._books.differences() == []

    @invariant()
    def every_piece_is_somewhere(self):
        in_orders: Counter[tuple[str, int]] = Counter()
        held: Counter[int] = Counter()
        for order in self._books.orders():
            for line in order.lines:
                in_orders[order.user_id, line.product_id] += line.quantity * (order.status not in UNDONE)
                held[line.product_id] += line.quantity * (order.status in HOLDS_STOCK)
        stock = self._books.stock()
        assert {product: stock[product] + held[product] for product in (1, 7)} == {1: PIECES, 7: PIECES}
        assert min(stock.values()) >= 0
        for buyer in ("ann", "bob"):
            cart = self._books.cart(buyer)
            for product in (1, 7):
                assert cart.get(product, 0) + in_orders[buyer, product] == self._wanted[buyer, product]

    def teardown(self):
        try:
            self._end_the_day()
        finally:
            self._loop.run(self._client.aclose())
            self._loop.close()
            self._shop.database.close()

    def _end_the_day(self):
        """All is well again, and the sweeper has come by."""
        self._world.payments.steps.clear()
        self._world.inventory.answers.clear()
        self._world.inventory.failing_releases = 0
        for _ in range(2):
            self.late_charges_arrive()
            self.sweep()
        self._books.check()
        found = {order.id: order for order in self._books.orders()}
        confirmed = [order for order in found.values() if order.status is OrderStatus.CONFIRMED]
        assert {order.status for order in found.values()} <= {*ENDED}
        assert sum(self._world.payments.charged.values()) == sum(order.total_cents for order in confirmed)
        for buyer, _, answer in self._told:
            _check_answer(buyer, answer, found)
        self._check_keys(found)

    def _check_keys(self, found):
        """One key is one order; only a failed one gives it back."""
        kept = {
            (buyer, key, answer["order_id"])
            for buyer, key, answer in self._told
            if key and "order_id" in answer and found[answer["order_id"]].status is not OrderStatus.FAILED
        }
        assert max(Counter((buyer, key) for buyer, key, _ in kept).values(), default=0) <= 1

    @property
    def _sweeper(self) -> Sweeper:
        return Sweeper(self._shop.database, self._shop.checkout, sweep_after=0)

    def _script(self, payment: dict[str, Step]) -> None:
        for operation, step in payment.items():
            self._world.payments.steps[operation] = [step]

    async def _check_out(self, buyer: str, key: str | None) -> None:
        headers = {"Idempotency-Key": key} if key else {}
        response = await self._send(buyer, "POST", "/checkout", json={}, headers=headers)
        assert response.status_code != 500
        self._told.append((buyer, key, response.json()))

    async def _crash(self, buyer: str, reached: str) -> None:
        request = CheckoutRequest(buyer, "credit_card", None, idempotency_key=None, fingerprint="")
        try:
            order, _ = await self._shop.database.run(orders.place, request)
        except (orders.CartEmpty, orders.SoldOut):
            return
        self._script({"charge": WELL})
        if reached == "placed":
            return
        payment = await self._world.payments.charge(order)
        if reached == "authorised":
            await self._shop.database.run(orders.authorise, order.id, payment.transaction_id)

    async def _send(self, buyer: str, method: str, path: str, **request) -> httpx.Response:
        if buyer not in self._tokens:
            self._tokens[buyer] = await self._shop.identity.sessions.open(buyer)
        headers = {"Authorization": f"Bearer {self._tokens[buyer]}", **request.pop("headers", {})}
        return await self._client.request(method, path, headers=headers, **request)


def _check_answer(buyer: str, answer: dict, found: dict) -> None:
    problem = answer.get("type", "").removeprefix("urn:webstore:problem:")
    if problem in REFUSALS:
        return
    order = found[answer["order_id"]]
    told = problem or ("delayed" if answer["fulfilment"] == "delayed" else "confirmed")
    assert order.user_id == buyer
    assert order.status in TRUE_IN[told], (told, order.status)
    if not problem:
        assert round(answer["total_amount"] * 100) == order.total_cents


async def _together(*work):
    await asyncio.gather(*work)


def test_money_stock_and_carts_add_up(settings, migrated, tmp_path, world, monkeypatch):
    monkeypatch.setattr("webstore.domain.checkout.TWIN_PATIENCE", 0.05)
    number = count()

    def day() -> Day:
        database = shutil.copy(migrated, tmp_path / f"{next(number)}.db")
        # One connection, so that what happens at once always happens in the same order.
        update = {"database_url": f"sqlite:///{database}", "database_pool_size": 1}
        vars(world).update(vars(World()))
        return Day(Shop(settings.model_copy(update=update)), world)

    run_state_machine_as_test(day, settings=SEARCH)
