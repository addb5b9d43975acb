"""X-Forwarded-For counts from trusted proxies alone, whose addresses may change while the shop runs."""

import logging
import socket
from threading import Event

import httpx
import pytest
from visitors import application_of
from webstore import trusted_proxies
from webstore.http.forwarded import ForwardedClient
from webstore.trusted_proxies import TrustedProxies

from tests.support.polling import TIMEOUT, eventually_on_loop

PROXY, CLIENT = "172.18.0.5", "203.0.113.7"


@pytest.fixture
def names(monkeypatch):
    """What the resolver knows: addresses by host name."""
    known: dict[str, list[str]] = {}

    def getaddrinfo(name, *_args, **_options):
        if name not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in known[name]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


async def client_seen(proxies: TrustedProxies, peer: str, forwarded_for: str) -> str:
    """Whom the application takes for its client."""
    seen = []

    async def application(scope, _receive, send):
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    transport = httpx.ASGITransport(ForwardedClient(application, proxies), client=(peer, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        await client.get("/", headers={"X-Forwarded-For": forwarded_for})
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),  # the client has made the first one up
        (PROXY, f"{PROXY}, {CLIENT}", CLIENT),
        (PROXY, f"frontend, {CLIENT}", CLIENT),
        (PROXY, f"{CLIENT}, frontend", "frontend"),  # a name is no address of a proxy
        (PROXY, f"{CLIENT}, 10.1.2.3", CLIENT),  # through two proxies
        (PROXY, f"{CLIENT}, {PROXY}", CLIENT),
        (PROXY, "", PROXY),
        ("172.18.0.6", CLIENT, "172.18.0.6"),
        (CLIENT, PROXY, CLIENT),
    ],
)
async def test_the_client_is_the_rightmost_address_that_is_no_proxy(peer, forwarded_for, client, names):
    names["frontend"] = [PROXY]
    proxies = TrustedProxies("frontend, 10.0.0.0/8")
    await proxies.resolve()
    assert await client_seen(proxies, peer, forwarded_for) == client


async def test_a_name_is_trusted_at_the_addresses_that_it_has_now(names):
    proxies = TrustedProxies("frontend")
    for addresses in ([], ["172.18.0.5"], ["172.18.0.5", "172.18.0.6"], ["172.18.0.6"], [], ["172.18.0.7"]):
        names.clear()
        names.update({"frontend": addresses} if addresses else {})
        await proxies.resolve()
        peers = [f"172.18.0.{number}" for number in range(5, 8)]
        assert [peer for peer in peers if await client_seen(proxies, peer, CLIENT) == CLIENT] == addresses


async def test_before_its_first_resolution_a_name_trusts_nothing(names):
    names["frontend"] = [PROXY]
    assert await client_seen(TrustedProxies("frontend"), PROXY, CLIENT) == PROXY


async def test_a_name_without_addresses_leaves_the_others_alone(names):
    names["frontend"] = [PROXY]
    proxies = TrustedProxies("gateway, frontend, 192.0.2.1")
    await proxies.resolve()
    assert await client_seen(proxies, PROXY, CLIENT) == CLIENT
    assert await client_seen(proxies, "192.0.2.1", CLIENT) == CLIENT


async def test_changes_are_logged_and_what_stays_is_not(names, caplog):
    caplog.set_level(logging.INFO)
    proxies = TrustedProxies("frontend, gateway")
    for addresses in ([], [], [PROXY], [PROXY], []):
        names.update({"frontend": addresses})
        await proxies.resolve()
    lines = [vars(record) for record in caplog.records]
    assert [(line["proxy.name"], line["proxy.addresses"]) for line in lines] == [
        ("frontend", 0),
        ("gateway", 0),
        ("frontend", 1),
        ("frontend", 0),
    ]


async def test_a_slow_resolver_keeps_no_request_waiting(shop_with, monkeypatch):
    """The resolver responds when the requests have been served."""
    asked, may_answer = Event(), Event()

    def getaddrinfo(*_args, **_options):
        asked.set()
        assert may_answer.wait(TIMEOUT)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PROXY, 0))]

    shop = shop_with(trusted_proxies="frontend")
    application = ForwardedClient(application_of(shop), shop.trusted_proxies)
    transport = httpx.ASGITransport(application, client=(PROXY, 50000))
    async with shop.open(), httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        await eventually_on_loop(asked.is_set, "a name is looked up")
        try:
            assert [(await client.get("/coupons")).status_code for _ in range(20)] == [200] * 20
            assert shop.trusted_proxies.addresses == []
        finally:
            may_answer.set()
        await eventually_on_loop(lambda: shop.trusted_proxies.addresses == [PROXY], "the name is resolved")


@pytest.mark.parametrize("name", ["frontend", "web_1", "proxy.example.org", "a" * 63, "x-1.y-2.z3"])
def test_host_names(name):
    assert trusted_proxies.is_host_name(name)


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.1", "10.0.1", "0x7f.1", "0x7f000001", "::1", "a" * 64, "-a", "a-", "a..b", ".a", "a.", "a b", "*"],
)
def test_no_host_names(text):
    assert not trusted_proxies.is_host_name(text)
