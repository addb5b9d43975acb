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

SERVICE = Path(webstore.__file__).parent.parent
NOBODY = "http://127.0.0.1:1"


@dataclass
class Party:
    """payments-service and payment-provider in one; the report's pages have two transactions."""

    records: dict[str, dict[str, Any]]
    status: int = 200
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, target: str) -> tuple[int, Any]:
        self.asked.append(target)
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/api/payment/transactions":
            return self.status, self._page(int(query.get("after", ["0"])[0]))
        record = self.records.get(path.removeprefix("/api/payments/"))
        return (self.status, record) if record else (404, {})

    def _page(self, after: int) -> dict[str, Any]:
        rows = [{"idempotency_key": key, **record} for key, record in self.records.items()]
        return {"transactions": rows[after : after + 2], "next_after": str(after + 2) if rows[after + 2 :] else None}


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
async def party(bought) -> AsyncIterator[Party]:
    records = {
        order.reference: {
            "status": "success",
            "transaction_id": order.payment_transaction_id,
            "amount": order.total_cents / 100,
            "currency": "USD",
            "processed_at": "2026-01-01T00:00:00Z",
        }
        for order in bought.orders()
    }
    party = Party(records)
    with serving(party):
        yield party


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
    ]
    assert dump(shop.database.engine) == before
    assert {f"/api/payments/{key}" for key in party.records} < set(party.asked)


async def test_a_difference(settings, party, bought):
    first = bought.orders()[0].reference
    party.records[first]["amount"] = 999.98
    done = reconcile(settings, **urls(party))
    assert done.returncode == 1
    told = f"{first} is confirmed with 999.99 USD in transaction TXN-1, but there is 999.98 USD in transaction TXN-1"
    assert done.stdout.splitlines()[8:] == [f"payment-provider: {told}", f"payments-service: {told}"]


async def test_many_differences_are_summed_up(settings, party):
    party.records |= {f"order-{n}-x": {"status": "success", "amount": 1.0} for n in range(100, 150)}
    lines = reconcile(settings, **urls(party)).stdout.splitlines()
    assert ["charges", "have", "orders", "53", "50"] in [line.split() for line in lines]
    assert len(lines) == 8 + 20 + 1
    assert lines[-1] == "charges have orders: … and 30 more"


@pytest.mark.parametrize("party_name", ["payment-provider", "payments-service"])
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
