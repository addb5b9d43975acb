"""Clients of the application under test."""

import httpx
from fastapi import APIRouter, FastAPI
from webstore import app
from webstore.shop import Shop

DEMO_TOKEN = "user-token-123"


#: Of the first application.
_shared: dict[str, APIRouter] = {}


def application_of(shop: Shop) -> FastAPI:
    """The whole application. FastAPI makes the validators of a route at its first request, which takes longer than most
    tests: all applications share the routes, which find their shop through the request.
    """
    application = app.create(shop)
    application.router = _shared.setdefault("router", application.router)
    return application


def client_of(shop: Shop, token: str | None = None) -> httpx.AsyncClient:
    """A client of the whole application; a crash in it is answered, as by the real server."""
    transport = httpx.ASGITransport(application_of(shop), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"} if token else None
    return httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers, timeout=60)


async def client_of_user(shop: Shop, user_id: str) -> httpx.AsyncClient:
    """Signed in; the user needs no account."""
    return client_of(shop, await shop.identity.sessions.open(user_id))
