"""A proxy that is trusted by its container's name; networks are tests/contract/test_proxies.py's."""

import pytest
from webstore.http.proxies import FRESH, ProxyHeaders

pytestmark = pytest.mark.anyio

HEADERS = [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.7")]


class Network:
    """Docker's DNS, and an application that says whose request it got."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.asked = 0
        self.clients: list[str] = []

    async def resolve(self, name: str) -> list[str]:
        self.asked += 1
        return self.addresses.get(name, [])

    async def app(self, scope, receive, send) -> None:
        self.clients.append(scope["client"][0])


async def request(proxied: ProxyHeaders, network: Network, address: str) -> str:
    """The client of a second request; the first one makes the names resolved."""
    for _ in range(2):
        await proxied({"type": "http", "client": (address, 1), "headers": HEADERS}, None, None)
        if proxied._refresh:
            await proxied._refresh
    return network.clients[-1]


@pytest.fixture
def network() -> Network:
    return Network()


async def test_a_container_is_believed_at_its_address_and_no_other(network):
    network.addresses["frontend"] = ["172.18.0.9"]
    proxied = ProxyHeaders(network.app, "frontend", network.resolve)
    assert await request(proxied, network, "172.18.0.9") == "203.0.113.7"
    assert await request(proxied, network, "172.18.0.1") == "172.18.0.1"
    assert network.asked == 1


async def test_a_container_that_restarts_is_believed_at_its_new_address_alone(network, monkeypatch):
    network.addresses["frontend"] = ["172.18.0.9"]
    proxied = ProxyHeaders(network.app, "frontend", network.resolve)
    await request(proxied, network, "172.18.0.9")
    network.addresses["frontend"] = ["172.18.0.10"]
    monkeypatch.setattr(proxied, "_resolved_at", proxied._resolved_at - FRESH)
    assert await request(proxied, network, "172.18.0.10") == "203.0.113.7"
    assert await request(proxied, network, "172.18.0.9") == "172.18.0.9"


async def test_no_address_is_believed_while_the_container_is_away(network):
    proxied = ProxyHeaders(network.app, "frontend, 10.0.0.0/8", network.resolve)
    assert await request(proxied, network, "172.18.0.9") == "172.18.0.9"
    assert await request(proxied, network, "10.1.2.3") == "203.0.113.7"


async def test_without_proxies_nothing_is_resolved(network):
    proxied = ProxyHeaders(network.app, "", network.resolve)
    assert await request(proxied, network, "172.18.0.9") == "172.18.0.9"
    assert network.asked == 0
