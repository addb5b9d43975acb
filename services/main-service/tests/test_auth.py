"""Signing in and out, and what a token is good for."""

import logging

import pytest
from books import dump
from series import labels
from visitors import client_of
from webstore.shop import Shop

PASSWORDS = {"user123": "password123", "admin": "admin123", "test": "test123"}
CLOSED = "redis://127.0.0.1:1/0"  # nobody listens there


@pytest.mark.parametrize("user", PASSWORDS)
async def test_a_login_gives_a_token_that_works(user, shop, client, settings):
    response = await client.post("/auth/login", json={"username": user, "password": PASSWORDS[user]})
    assert response.status_code == 200
    answer = response.json()
    token = answer.pop("token")
    assert answer == {"token_type": "bearer", "user_id": user, "expires_in": settings.session_lifetime}
    async with client_of(shop, token) as signed_in:
        assert (await signed_in.get("/cart")).json()["user_id"] == user


async def test_refusals_tell_nothing_about_the_user(client, moved):
    attempts = [("user123", "wrong"), ("nobody", "password123")]
    answers = [await client.post("/auth/login", json={"username": u, "password": p}) for u, p in attempts]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert moved("webstore.auth.failures") == {
        labels(reason="invalid_password"): 1,
        labels(reason="invalid_username"): 1,
    }
    assert moved("webstore.auth.attempts") == {labels(type="login"): 2}


async def test_a_token_is_random_and_not_stored_in_clear(shop, client):
    tokens = [await login(client) for _ in range(2)]
    assert tokens[0] != tokens[1]
    stored = "".join([f"{key}{await shop.redis.get(key)}" for key in await shop.redis.keys()])
    assert stored
    for token in tokens:
        assert len(token) >= 32
        assert token not in stored
        assert token not in str(dump(shop.database.engine))


async def test_a_token_ends_after_its_lifetime(shop, client, settings):
    token = await login(client)
    [key] = await shop.redis.keys("session:*")
    assert settings.session_lifetime - 5 < await shop.redis.ttl(key) <= settings.session_lifetime
    await shop.redis.pexpire(key, 1)
    async with client_of(shop, token) as signed_in:
        while await shop.redis.exists(key):
            pass
        assert (await signed_in.get("/cart")).status_code == 401


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "missing_header"),
        ("Bearer", "invalid_format"),
        ("Basic user-token-123", "invalid_format"),
        ("Bearer x", "invalid_token"),
        ("bearer user-token-123", None),  # a scheme has no case (RFC 9110, 11.1)
    ],
)
async def test_headers(header, reason, client, moved):
    response = await client.get("/cart", headers={"Authorization": header} if header else {})
    assert response.status_code == (401 if reason else 200)
    assert moved("webstore.auth.failures") == ({labels(reason=reason): 1} if reason else {})


async def test_demo_tokens_can_be_turned_off(settings, world):
    shop = Shop(settings.model_copy(update={"demo_tokens": "none"}))
    async with client_of(shop, "user-token-123") as client:
        assert (await client.get("/cart")).status_code == 401
        async with client_of(shop, await login(client)) as signed_in:
            assert (await signed_in.get("/cart")).status_code == 200
    shop.database.close()


async def test_without_redis_demo_tokens_work_and_logins_wait(settings, world, books):
    shop = Shop(settings.model_copy(update={"redis_url": CLOSED}))
    async with client_of(shop, "user-token-123") as demo, client_of(shop, "some-login") as stranger:
        assert (await demo.post("/cart/add", json={"product_id": 1, "quantity": 1})).status_code == 200
        assert (await demo.post("/checkout", json={})).status_code == 200
        assert (await stranger.get("/US/products")).status_code == 200
        credentials = {"username": "test", "password": "test123"}
        for response in (await stranger.get("/cart"), await demo.post("/auth/login", json=credentials)):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert response.json()["type"] == "urn:webstore:problem:unavailable"
    shop.database.close()


async def test_a_logout_ends_its_own_session_alone(shop, client, moved, caplog):
    caplog.set_level(logging.INFO)
    tokens = [await login(client) for _ in range(2)]
    async with client_of(shop, tokens[0]) as first, client_of(shop, tokens[1]) as second:
        response = await first.post("/auth/logout")
        assert (response.status_code, response.content) == (204, b"")
        for method, path in (("GET", "/cart"), ("POST", "/auth/logout")):
            refused = await first.request(method, path)
            assert (refused.status_code, refused.json()["type"]) == (401, "urn:webstore:problem:not-authenticated")
        assert (await second.get("/cart")).status_code == 200
    assert moved("webstore.auth.logouts") == {labels(): 1}
    assert moved("webstore.auth.failures") == {labels(reason="invalid_token"): 2}
    [line] = [vars(record) for record in caplog.records if vars(record).get("event.name") == "auth.signed_out"]
    assert line["user.id"] == "test"


async def test_a_demo_token_outlives_a_logout(buyer):
    assert (await buyer.post("/auth/logout")).status_code == 204
    assert (await buyer.get("/cart")).status_code == 200


async def test_a_logout_needs_redis_to_end_a_session(settings, world):
    """A 204 would promise what did not happen. A demo token has no session to end."""
    shop = Shop(settings.model_copy(update={"redis_url": CLOSED}))
    async with client_of(shop, "user-token-123") as demo, client_of(shop, "some-login") as stranger:
        assert (await demo.post("/auth/logout")).status_code == 204
        assert (await stranger.post("/auth/logout")).status_code == 503
    shop.database.close()


async def login(client) -> str:
    response = await client.post("/auth/login", json={"username": "test", "password": "test123"})
    return response.json()["token"]
