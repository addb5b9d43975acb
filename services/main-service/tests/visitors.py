"""Clients of the application under test."""

import httpx
from webstore import app
from webstore.shop import Shop

DEMO_TOKEN = "user-token-123"


def client_of(shop: Shop, token: str | None = None) -> httpx.AsyncClient:
    """A client of the whole application; a crash in it is answered, as by the real server."""
    transport = httpx.ASGITransport(app.create(shop), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"} if token else None
    return httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers, timeout=60)


async def client_of_user(shop: Shop, user_id: str) -> httpx.AsyncClient:
    """Signed in; the user needs no account."""
    return client_of(shop, await shop.identity.sessions.open(user_id))
