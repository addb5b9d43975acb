"""Failures that are too many for a buyer are reported: once for each pattern and address, and without the address."""

import logging

import httpx
import pytest
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted import DECLINE
from series import labels
from test_rate_limits import client_at
from visitors import DEMO_TOKEN, application_of, client_of
from webstore.shop import Shop

METRIC = "webstore.security.suspicious_activity"
ADDRESS = "192.0.2.77"
TOKEN = {"Authorization": f"Bearer {DEMO_TOKEN}"}
EVENT = "security.suspicious_activity"
PATTERNS = [
    ("credential_stuffing", 5, "GET /cart", 401),
    ("endpoint_scanning", 10, "GET /nowhere", 404),
    ("abuse", 20, "PUT /cart", 405),
]


@pytest.mark.parametrize(("pattern", "threshold", "request_line", "status"), PATTERNS)
async def test_a_pattern_is_reported_once_when_it_is_complete(
    pattern, threshold, request_line, status, shop, moved, caplog
):
    method, path = request_line.split()
    async with client_at(shop, ADDRESS) as client:
        for _ in range(threshold - 1):
            assert (await client.request(method, path)).status_code == status
        assert moved(METRIC) == {}
        for _ in range(4):  # fewer than would complete another pattern as well
            await client.request(method, path)
    assert moved(METRIC) == {labels(type=pattern): 1}
    [line] = [record for record in caplog.records if getattr(record, "event.name", None) == EVENT]
    assert (line.levelno, line.type) == (logging.WARNING, pattern)
    assert getattr(line, "client.network") == "192.0.2.0/24"
    assert ADDRESS not in str(line.__dict__)


async def test_addresses_are_watched_each_for_itself(shop, moved):
    for address in ("192.0.2.1", "192.0.2.2"):
        async with client_at(shop, address) as client:
            for _ in range(4):
                await client.get("/cart")
    assert moved(METRIC) == {}
    async with client_at(shop, "192.0.2.2") as client:
        await client.get("/cart")
    assert moved(METRIC) == {labels(type="credential_stuffing"): 1}


async def test_several_kinds_of_failures_are_abuse_together(shop, moved):
    failures = [("GET", "/cart")] * 4 + [("GET", "/nowhere")] * 9 + [("PUT", "/cart")] * 7
    async with client_at(shop, ADDRESS) as client:
        for method, path in failures:
            assert moved(METRIC) == {}
            await client.request(method, path)
    assert moved(METRIC) == {labels(type="abuse"): 1}


async def test_the_report_is_an_event_of_the_requests_span(shop):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    application = application_of(shop)
    FastAPIInstrumentor.instrument_app(application, tracer_provider=provider, exclude_spans=["receive", "send"])
    transport = httpx.ASGITransport(application, client=(ADDRESS, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for _ in range(6):
            await client.get("/cart")
    spans = exporter.get_finished_spans()
    assert [[event.name for event in span.events] for span in spans] == [[], [], [], [], [EVENT], []]
    assert dict(spans[4].events[0].attributes) == {"type": "credential_stuffing", "client.network": "192.0.2.0/24"}


async def test_an_honest_buyers_bad_luck_is_none(shop, world, moved):
    """Declined cards are 402, an empty cart and a full line 409; and what works is nothing at all."""
    async with client_at(shop, ADDRESS, **TOKEN) as buyer:
        for _ in range(25):
            assert (await buyer.post("/checkout", json={})).status_code == 409
        await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
        world.payments.steps["charge"] = [DECLINE] * 25
        for _ in range(25):
            assert (await buyer.post("/checkout", json={})).status_code == 402
        for _ in range(25):
            assert (await buyer.get("/cart")).status_code == 200
    assert moved(METRIC) == {}


async def test_nobody_is_blocked(shop):
    async with client_of(shop) as client:
        for _ in range(30):
            await client.get("/nowhere")
        assert (await client.get("/coupons")).status_code == 200


async def test_without_redis_nothing_is_watched(settings, world, moved):
    shop = Shop(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    async with client_of(shop) as client:
        for _ in range(6):
            assert (await client.get("/cart")).status_code == 401
    assert moved(METRIC) == {}
    shop.database.close()
