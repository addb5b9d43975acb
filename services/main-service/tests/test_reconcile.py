"""The command: it asks real servers, says what differs, and its status tells scripts the same."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import webstore
from books import Books, dump
from webstore.background import Dispatcher
from webstore.models import MessageKind, Order
from webstore.reconcile import LEFT_OUT

SERVICE = Path(webstore.__file__).parent.parent
NOBODY = "http://127.0.0.1:1"


@dataclass
class Party:
    """payments-service, payment-provider and promotions-service in one; pages have two entries."""

    records: dict[str, dict[str, Any]]
    #: Order IDs and coupon codes.
    redemptions: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, target: str) -> tuple[int, Any]:
        self.asked.append(target)
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        after = query.get("after", [""])[0]
        if path == "/api/payment/transactions":
            return self.status, self._page(int(after or 0))
        if path == "/api/promotions/redemptions":
            return self.status, self._redemptions_page(after)
        record = self.records.get(path.removeprefix("/api/payments/"))
        return (self.status, record) if record else (404, {})

    def _page(self, after: int) -> dict[str, Any]:
        rows = [{"idempotency_key": key, **record} for key, record in self.records.items()]
        return {"transactions": rows[after : after + 2], "next_after": str(after + 2) if rows[after + 2 :] else None}

    def _redemptions_page(self, after: str) -> dict[str, Any]:
        """As promotions-service does it: a full page has a next one, which may be empty."""
        page = [entry for entry in sorted(self.redemptions) if entry[0] > after][:2]
        used = {"userId": "user123", "redeemedAt": "2026-01-01T00:00:00+00:00"}
        entries = [{"orderId": order_id, "couponCode": code, **used} for order_id, code in page]
        return {"redemptions": entries, "nextAfter": page[-1][0] if len(page) == 2 else None}


@contextmanager
def serving(party: Party) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
            status, body = party.answer(self.path)
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        party.url = f"http://127.0.0.1:{server.server_port}"
        yield
        server.shutdown()


@pytest.fixture
async def bought(buyer, shop, world) -> Books:
    for product_id in (1, 2, 3):
        await buyer.post("/cart/add", json={"product_id": product_id, "quantity": 1})
        assert (await buyer.post("/checkout", json={})).status_code == 200
    return Books(shop, world)


@pytest.fixture
async def with_coupons(buyer, shop, world, bought, party) -> list[str]:
    """Beside the three orders, three with a coupon, all delivered to the party; their references."""
    world.promotions.coupon_cents = {"SAVE": 5_00}
    for _ in range(3):
        await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
        assert (await buyer.post("/checkout", json={"coupon_code": "SAVE"})).status_code == 200
    receivers = {MessageKind.ORDER: world.crm.record_order, MessageKind.COUPON: world.promotions.redeem}
    await Dispatcher(shop.database, receivers).run()
    party.records |= {order.reference: record_of(order) for order in bought.orders()}
    party.redemptions = [(used.order, used.coupon_code) for used in world.promotions.redemptions]
    return sorted(used.order for used in world.promotions.redemptions)


@pytest.fixture
async def party(bought) -> AsyncIterator[Party]:
    party = Party({order.reference: record_of(order) for order in bought.orders()})
    with serving(party):
        yield party


def record_of(order: Order) -> dict[str, Any]:
    return {
        "status": "success",
        "transaction_id": order.payment_transaction_id,
        "amount": order.total_cents / 100,
        "currency": "USD",
        "processed_at": "2026-01-01T00:00:00Z",
    }


def reconcile(settings, **urls: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": settings.database_url, **urls}
    command = [sys.executable, "-m", "webstore.reconcile"]
    return subprocess.run(command, cwd=SERVICE, env=environment, text=True, capture_output=True, timeout=60)


def urls(party: Party, **others: str) -> dict[str, str]:
    return {"PAYMENTS_SERVICE_URL": party.url, "PAYMENT_PROVIDER_URL": party.url, **others}


async def test_books_that_agree(settings, shop, party):
    before = dump(shop.database.engine)
    done = reconcile(settings, **urls(party))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["check", "looked", "at", "differences"],
        ["payment-provider", "3", "0"],
        ["charges", "have", "orders", "3", "0"],
        ["payments-service", "3", "0"],
        ["order", "totals", "3", "0"],
        ["stock", "8", "0"],
        ["outbox", "3", "0"],
        ["orders", "left", "half-way", "0", "0"],
        LEFT_OUT.split(),
    ]
    assert dump(shop.database.engine) == before
    assert {f"/api/payments/{key}" for key in party.records} < set(party.asked)


async def test_a_difference(settings, party, bought):
    first = bought.orders()[0].reference
    party.records[first]["amount"] = 999.98
    done = reconcile(settings, **urls(party))
    assert done.returncode == 1
    told = f"{first} is confirmed with 999.99 USD in transaction TXN-1, but there is 999.98 USD in transaction TXN-1"
    assert done.stdout.splitlines()[8:-1] == [f"payment-provider: {told}", f"payments-service: {told}"]


async def test_many_differences_are_summed_up(settings, party):
    party.records |= {f"order-{n}-x": {"status": "success", "amount": 1.0} for n in range(100, 150)}
    lines = reconcile(settings, **urls(party)).stdout.splitlines()[:-1]
    assert ["charges", "have", "orders", "53", "50"] in [line.split() for line in lines]
    assert len(lines) == 8 + 20 + 1
    assert lines[-1] == "charges have orders: … and 30 more"


class TestCoupons:
    @pytest.fixture
    def compare(self, settings, party, with_coupons):
        def compare() -> tuple[int, list[list[str]], list[str]]:
            """The status, the rows of the two checks, and the lines below the table."""
            done = reconcile(settings, **urls(party, PROMOTIONS_SERVICE_URL=party.url))
            assert done.stderr == ""
            lines = done.stdout.splitlines()
            return done.returncode, [line.split() for line in lines[4:6]], lines[10:]

        return compare

    async def test_redemptions_that_agree(self, compare, party, with_coupons):
        rows = [["promotions-service", "3", "0"], ["redemptions", "have", "orders", "3", "0"]]
        assert compare() == (0, rows, [])
        pages = [target for target in party.asked if target.startswith("/api/promotions/")]
        path = "/api/promotions/redemptions?limit=500"
        assert pages == [path, f"{path}&after={with_coupons[1]}"]

    async def test_no_redemptions(self, compare, party, with_coupons):
        party.redemptions = []
        status, rows, told = compare()
        assert (status, [row[-2:] for row in rows]) == (1, [["3", "3"], ["0", "0"]])
        assert told == [
            f"promotions-service: {reference} is confirmed with coupon SAVE, but has not used it"
            for reference in with_coupons
        ]

    async def test_a_forged_redemption(self, compare, party):
        party.redemptions.append(("order-999-20260101T000000000000", "SAVE"))
        status, rows, [told] = compare()
        assert (status, [row[-2:] for row in rows]) == (1, [["3", "0"], ["4", "1"]])
        assert told.startswith("redemptions have orders: order-999-20260101T000000000000 has used coupon SAVE")

    async def test_a_doubled_redemption(self, compare, party, with_coupons):
        party.redemptions.append((with_coupons[0], "OTHER"))
        assert compare()[::2] == (
            1,
            [f"promotions-service: {with_coupons[0]} is confirmed with coupon SAVE, but there are 2 redemptions"],
        )

    @pytest.mark.parametrize(
        ("state", "told"), [("pending", []), ("dead", ["whose redemption was laid aside: status 409 coupon-exhausted"])]
    )
    async def test_a_redemption_that_is_not_delivered(self, state, told, compare, shop, party, with_coupons):
        party.redemptions = [used for used in party.redemptions if used[0] != with_coupons[0]]
        with shop.database.engine.begin() as connection:
            change = f"state = '{state}', last_error = 'status 409 coupon-exhausted'"
            about = f"kind = 'coupon' AND payload LIKE '%{with_coupons[0]}%'"
            assert connection.exec_driver_sql(f"UPDATE outbox SET {change} WHERE {about}").rowcount == 1
        name = f"no difference, promotions-service: {with_coupons[0]} is confirmed with coupon SAVE"
        assert compare()[::2] == (0, [f"{name}, {text}" for text in told])

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            {},
            {"redemptions": []},
            {"redemptions": [{"orderId": "order-1"}], "nextAfter": None},
            {"redemptions": [], "nextAfter": "order-1"},  # for ever
        ],
        ids=repr,
    )
    async def test_a_list_that_cannot_be_read(self, body, settings, party, with_coupons, monkeypatch):
        monkeypatch.setattr(party, "_redemptions_page", lambda _: body)
        done = reconcile(settings, **urls(party, PROMOTIONS_SERVICE_URL=party.url))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Nothing was compared: promotions-service at {party.url} answers what can't be")


@pytest.mark.parametrize("party_name", ["payment-provider", "payments-service", "promotions-service"])
@pytest.mark.parametrize(("url", "answer"), [(NOBODY, "does not answer"), (None, "answers 503")])
async def test_a_party_that_does_not_answer(party_name, url, answer, settings, party):
    broken = Party(party.records, status=503)
    with serving(broken):
        variable = party_name.upper().replace("-", "_") + "_URL"
        done = reconcile(settings, **urls(party, **{variable: url or broken.url}))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Nothing was compared: {party_name} at http")
    assert answer in done.stderr
    assert len(done.stderr.splitlines()) == 1


async def test_without_a_database_nothing_is_compared(settings, party, tmp_path):
    nowhere = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none/webstore.db"})
    done = reconcile(nowhere, **urls(party))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Nothing was compared: the database does not answer: ")
