"""Probes: alive is the process, ready is what it needs."""

import pytest
from visitors import client_of
from webstore.shop import Shop

DOWN = {
    "database": {"database_url": "sqlite:////nowhere/webstore.db"},
    "redis": {"redis_url": "redis://127.0.0.1:1/0"},
}


async def test_ready_when_all_answers(client):
    response = await client.get("/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready", "database": "ok", "redis": "ok"})


@pytest.mark.parametrize("part", DOWN)
async def test_ready_names_what_is_down_and_health_does_not_care(part, settings, world):
    shop = Shop(settings.model_copy(update=DOWN[part]))
    async with client_of(shop) as client:
        assert (await client.get("/health")).json() == {"status": "healthy"}
        response = await client.get("/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    assert [name for name in DOWN if response.json()[name] != "ok"] == [part]
    shop.database.close()


async def test_requests_say_so_when_the_database_is_down(settings, world):
    shop = Shop(settings.model_copy(update=DOWN["database"]))
    async with client_of(shop, "user-token-123") as buyer:
        response = await buyer.get("/cart")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert response.json()["type"] == "urn:webstore:problem:unavailable"
    shop.database.close()


async def test_the_process_measures_itself(client):
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert "process_cpu_seconds_total" in response.text
