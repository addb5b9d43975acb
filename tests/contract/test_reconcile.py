"""make reconcile, against the real services: their books agree whatever happened, and a forged one is found."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.support.polling import eventually
from tests.support.shop_responses import order, problem
from tests.support.third_parties import DECLINE, calm
from tools.local_shop import MAIN, LocalShop
from tools.shop_client import ShopClient


@pytest.fixture
def history(own_shop) -> LocalShop:
    """A confirmed, a declined, a failed and a late order."""
    buyer = ShopClient(own_shop.url)
    buyer.add_to_cart(product_id=7, quantity=2)
    assert buyer.checkout().status == 200
    buyer.add_to_cart(product_id=1)
    calm(own_shop, "payment-provider", failure_rate=1, errors=[DECLINE])
    assert problem(buyer.checkout()) == (402, "payment-declined")
    calm(own_shop, "payment-provider", failure_rate=1, errors=[{"status": 503, "message": "not now"}])
    assert problem(buyer.checkout()) == (503, "payment-unavailable")
    calm(own_shop, "payment-provider")
    calm(own_shop, "inventory-system", outage=True)
    late = buyer.checkout()
    assert late.body["fulfilment"] == "delayed"
    calm(own_shop, "inventory-system")
    eventually(lambda: order(buyer, late.body["order_id"])["fulfilment"] == "reserved", "the goods are reserved")
    return own_shop


def reconcile(shop: LocalShop) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{shop.processes.logs}/webstore.db",
        "PAYMENTS_SERVICE_URL": shop.urls["payments-service"],
        "PAYMENT_PROVIDER_URL": shop.urls["payment-provider"],
        "PROMOTIONS_SERVICE_URL": shop.urls["promotions-service"],
    }
    command = [sys.executable, "-m", "webstore.reconcile"]
    return subprocess.run(command, cwd=MAIN, env=environment, text=True, capture_output=True, timeout=60)


def test_the_books_agree_until_somebody_forges_them(history):
    done = reconcile(history)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    looked_at = dict(line.rsplit(maxsplit=2)[:2] for line in done.stdout.splitlines()[1:])
    assert {name: looked_at[name] for name in ("payment-provider", "payments-service", "charges have orders")} == {
        "payment-provider": "4",
        "payments-service": "4",
        "charges have orders": "2",
    }

    with closing(sqlite3.connect(history.processes.logs / "webstore.db")) as database, database:
        database.execute("UPDATE orders SET status = 'declined' WHERE id = 1")
    forged = reconcile(history)
    assert forged.returncode == 1
    for party in ("payment-provider", "payments-service"):
        assert f"{party}: order-1-" in forged.stdout
    assert "is declined, but its transaction is success" in forged.stdout


def test_a_party_that_is_down(history):
    history.processes.stop("payment-provider")
    done = reconcile(history)
    assert (done.returncode, done.stdout) == (2, "")
    assert "payment-provider at http" in done.stderr
