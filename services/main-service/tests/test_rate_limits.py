"""Too many requests of one address or one user are refused, and a Redis that is down refuses nobody."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import limits
import pytest
from clock import stop_clock
from pydantic import ValidationError
from series import labels
from visitors import DEMO_TOKEN, application_of, client_of, client_of_user
from webstore import addresses
from webstore.clients import windows
from webstore.config import Settings
from webstore.shop import Shop

from tests.support.polling import eventually_on_loop

CLOSED = "redis://127.0.0.1:1/0"  # nobody listens there
PROBES = ("/health", "/ready", "/metrics")


@pytest.fixture
def clock(monkeypatch):
    """Of the limits and of the pauses after an outage."""
    return stop_clock(monkeypatch, windows, limits.aio.storage.memory, limits.aio.strategies)


def client_at(shop: Shop, address: str, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application_of(shop), client=(address, 50000))
    return httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers)


async def statuses(client: httpx.AsyncClient, count: int, path: str = "/coupons") -> list[int]:
    return [(await client.get(path)).status_code for _ in range(count)]


async def test_an_address_over_its_limit_gets_a_problem_that_says_when_to_return(shop_with, moved):
    async with client_of(shop_with(rate_limit_ip="3/hour")) as client:
        assert await statuses(client, 3) == [200] * 3
        refused = await client.get("/coupons")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["type"] == "urn:webstore:problem:rate-limited"
    assert problem["status"] == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert moved("webstore.rate_limit.exceeded") == {labels(limit_type="ip"): 1}
    assert moved("webstore.rate_limit.skipped") == {}


@pytest.mark.parametrize("phase", [0.1, 0.7, 1.9])
async def test_who_waits_as_told_is_served(phase, shop_with, clock):
    """In memory the windows start on the clock; `phase` is how many seconds into one the requests come."""
    clock.advance(phase)
    async with client_of(shop_with(rate_limit_ip="2/2 second")) as client:
        while (refused := await client.get("/coupons")).status_code == 200:
            pass
        clock.advance(int(refused.headers["retry-after"]))
        assert (await client.get("/coupons")).status_code == 200


async def test_the_window_slides(shop_with, clock):
    """Halfway through the next window, half of the one before still counts."""
    async with client_of(shop_with(rate_limit_ip="10/2 second")) as client:
        assert await statuses(client, 11) == [200] * 10 + [429]
        clock.advance(3)
        assert (await statuses(client, 10)).count(200) == 5


async def test_probes_are_not_limited(shop_with):
    async with client_of(shop_with(rate_limit_ip="1/hour")) as client:
        assert await statuses(client, 2) == [200, 429]
        for probe in PROBES:
            assert await statuses(client, 3, probe) == [200] * 3


async def test_addresses_are_limited_each_for_itself(shop_with):
    shop = shop_with(rate_limit_ip="1/hour")
    async with client_at(shop, "192.0.2.1") as one, client_at(shop, "192.0.2.2") as other:
        assert await statuses(one, 2) == [200, 429]
        assert await statuses(other, 2) == [200, 429]


async def test_a_header_changes_nobodys_address(shop_with):
    """Who is a trusted proxy is for the server to say: tests/contract/test_proxies.py."""
    shop = shop_with(rate_limit_ip="1/hour")
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP")
    for number, name in enumerate(names):
        async with client_at(shop, "192.0.2.1", **{name: f"198.51.100.{number}"}) as client:
            assert (await client.get("/coupons")).status_code == (429 if number else 200)


async def test_users_are_limited_wherever_they_are(shop_with, moved):
    """Also where no token is needed, and other users at the same address are not touched."""
    shop = shop_with(rate_limit_user="2/hour")
    token = {"Authorization": f"Bearer {DEMO_TOKEN}"}
    async with client_at(shop, "192.0.2.1", **token) as one, client_at(shop, "192.0.2.2", **token) as other:
        assert await statuses(one, 1, "/cart") + await statuses(other, 1, "/US/products") == [200, 200]
        refused = await one.get("/cart")
        assert await statuses(other, 1, "/US/products") == [429]
        assert await statuses(other, 1) == [200]  # needs no user
    assert refused.status_code == 429
    assert refused.json()["type"] == "urn:webstore:problem:rate-limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    async with await client_of_user(shop, "somebody") as somebody:
        assert await statuses(somebody, 1, "/cart") == [200]
    assert moved("webstore.rate_limit.exceeded") == {labels(limit_type="user"): 2}


async def test_an_invalid_token_uses_up_nobodys_limit(shop_with):
    shop = shop_with(rate_limit_user="1/hour")
    async with client_of(shop, "unknown") as stranger, client_of(shop, DEMO_TOKEN) as buyer:
        assert await statuses(stranger, 3, "/cart") == [401] * 3
        assert await statuses(buyer, 1, "/cart") == [200]


async def test_every_limited_route_documents_it(shop):
    paths = application_of(shop).openapi()["paths"]
    responses = {path: operation["responses"] for path, methods in paths.items() for operation in methods.values()}
    assert {path for path, known in responses.items() if "429" not in known} == {"/health", "/ready"}


async def test_without_redis_all_are_let_through_and_counted(shop_with, moved):
    async with client_of(shop_with(redis_url=CLOSED, rate_limit_ip="1/hour", rate_limit_user="1/hour")) as client:
        assert await statuses(client, 3) == [200] * 3
        client.headers["Authorization"] = f"Bearer {DEMO_TOKEN}"
        assert await statuses(client, 2, "/cart") == [200] * 2
    assert moved("webstore.rate_limit.skipped") == {labels(limit_type="ip"): 5, labels(limit_type="user"): 2}
    assert moved("webstore.rate_limit.exceeded") == {}


@dataclass
class SilentRedis:
    """Accepts connections and never responds, or drops them at once."""

    url: str = ""
    drops: bool = False
    #: All that were ever made.
    connections: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        if not self.drops:
            await reader.read()  # until either side closes the connection
        writer.close()

    def drop_all(self) -> None:
        self.drops = True
        for connection in self.connections:
            connection.close()


@asynccontextmanager
async def silent_redis() -> AsyncIterator[SilentRedis]:
    silent = SilentRedis()
    server = await asyncio.start_server(silent.serve, "127.0.0.1", 0)
    silent.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    try:
        yield silent
    finally:
        server.close()


async def test_a_silent_redis_costs_its_timeout_once_and_not_each_time(shop_with, moved, clock):
    """However long the test takes: the clock stands still."""
    async with silent_redis() as silent:
        shop = shop_with(redis_url=silent.url, redis_timeout=0.5)
        async with client_of(shop) as client:
            start = time.perf_counter()
            assert await statuses(client, 1) == [200]
            assert time.perf_counter() - start >= 0.5
            asked = len(silent.connections)
            assert await statuses(client, 19) == [200] * 19
        await shop.redis.aclose()
        assert len(silent.connections) == asked
    assert moved("webstore.rate_limit.skipped") == {labels(limit_type="ip"): 20}


async def test_after_an_outage_one_request_finds_out_and_the_others_do_not_wait(shop_with, clock):
    async with silent_redis() as silent:
        silent.drops = True
        shop = shop_with(redis_url=silent.url, redis_timeout=600)
        async with client_of(shop) as client:
            assert await statuses(client, 1) == [200]
            silent.drops = False
            asked = len(silent.connections)
            clock.advance(windows.PAUSE)
            requests = [asyncio.create_task(client.get("/coupons")) for _ in range(10)]
            await eventually_on_loop(lambda: sum(request.done() for request in requests) == 9, "nine do not wait")
            await eventually_on_loop(lambda: len(silent.connections) > asked, "one finds out")
            assert len(silent.connections) == asked + 1
            assert sum(request.done() for request in requests) == 9
            silent.drop_all()
            assert {response.status_code for response in await asyncio.gather(*requests)} == {200}
        await shop.redis.aclose()


@pytest.mark.parametrize("limit", ["many", "5000", "0/minute", "5/fortnight", "5/second;50/minute", "-1/minute"])
@pytest.mark.parametrize("setting", ["RATE_LIMIT_IP", "RATE_LIMIT_USER"])
def test_a_limit_that_is_none_stops_the_start(setting, limit, monkeypatch):
    monkeypatch.setenv(setting, limit)
    with pytest.raises(ValidationError, match=setting.lower()):
        Settings()


@pytest.mark.parametrize(
    "proxies",
    ["*", "10.0.0.1,*", "*.local", "frontend/24", "10.0.1", "10.0.0.256", "10.0.0.1/8", "10.0.0.0/33", ",", "::1;::2"],
)
def test_a_proxy_that_is_neither_name_nor_address_stops_the_start(proxies, monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", proxies)
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings()


def test_settings_as_they_are_meant(monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1, 2001:db8::/32, proxy.local")
    monkeypatch.setenv("RATE_LIMIT_IP", "100 per 5 minutes")
    assert (Settings().rate_limit_ip, Settings().rate_limit_user) == ("100 per 5 minutes", "5000/minute")


@pytest.mark.parametrize(
    ("host", "client", "told"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::1", "::/64", "::/48"),
        ("", "unknown", "unknown"),
        ("/run/shop.sock", "unknown", "unknown"),
        ("x" * 5000, "unknown", "unknown"),
    ],
)
def test_addresses(host, client, told):
    assert (addresses.one_client(host), addresses.anonymous(host)) == (client, told)
