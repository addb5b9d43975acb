"""How the third parties behave: set at run time, by the admin API of each."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tests.support.stack import Stack
from tools.local_shop import LocalShop
from tools.shop_client import ShopClient

PATH = "/admin/behaviour"
#: Where each listens in its container.
PORTS = {"payment-provider": 3001, "crm-system": 3002, "inventory-system": 3003}
#: At once and without failures.
CALM: dict[str, Any] = {"latency_ms": {"min": 0, "max": 0}, "failure_rate": 0, "failure_rate_by_country": {}}
#: Makes payment-provider decline a card.
DECLINE = {"status": 400, "message": "Invalid payment details"}
#: payment-provider is not published, so the request is sent from within the container.
PUT = """
  const [url, body] = process.argv.slice(1);
  fetch(url, { method: 'PUT', body, headers: { 'content-type': 'application/json' } })
    .then((response) => process.exit(response.ok ? 0 : 1));
"""


def set_behaviour(shop: LocalShop | Stack, service: str, **settings: Any) -> None:
    """What is not set is as the service has it by default."""
    if isinstance(shop, Stack):
        url = f"http://127.0.0.1:{PORTS[service]}{PATH}"
        shop.run("docker", "compose", "exec", "-T", service, "node", "-e", PUT, url, json.dumps(settings))
    else:
        response = ShopClient(shop.urls[service], token=None).call("PUT", PATH, settings)
        assert response.status == 200, response.body


def calm(shop: LocalShop | Stack, service: str, **settings: Any) -> None:
    """At once and without failures, but for `settings`."""
    set_behaviour(shop, service, **{**CALM, **settings})


def calm_all(shop: LocalShop | Stack) -> None:
    for service in PORTS:
        calm(shop, service)


@contextmanager
def behaviour(shop: LocalShop | Stack, service: str, **settings: Any) -> Iterator[None]:
    """So inside, and with the defaults afterwards."""
    set_behaviour(shop, service, **settings)
    try:
        yield
    finally:
        set_behaviour(shop, service)


def calmed(shop: LocalShop | Stack, service: str, **settings: Any) -> AbstractContextManager[None]:
    """Calm inside, but for `settings`, and with the defaults afterwards."""
    return behaviour(shop, service, **{**CALM, **settings})
