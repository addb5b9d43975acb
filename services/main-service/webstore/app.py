"""The web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import webstore
from webstore.http import auth, cart, catalogue, coupons, health, orders, problems
from webstore.http.body_limit import BodyLimit
from webstore.http.edge import AddressLimit, Watch
from webstore.shop import Shop


def create(shop: Shop) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with shop.open():
            yield

    app = FastAPI(
        title="webstore main-service",
        version=webstore.__version__,
        description="Catalogue, cart, checkout and orders. Amounts are US dollars with two decimals.",
        lifespan=lifespan,
    )
    app.state.shop = shop
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(AddressLimit, limits=shop.rate_limits)
    app.add_middleware(Watch, suspicious_activity=shop.suspicious_activity)
    problems.handle(app)
    for room in (health, auth, cart, orders, coupons, catalogue):
        app.include_router(room.router)
    return app
