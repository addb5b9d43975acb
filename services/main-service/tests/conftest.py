"""The real application on a SQLite file and an in-process Redis; the services around it follow a script."""

import shutil
from pathlib import Path

import pytest
import webstore.shop
from books import Books
from scripted import World
from series import MetricsProbe
from visitors import DEMO_TOKEN, client_of
from webstore import database, migrate
from webstore.config import Settings
from webstore.shop import Shop


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """A database as the first start leaves it; each test gets a copy."""
    path = tmp_path_factory.mktemp("migrated") / "webstore.db"
    engine = database.create(f"sqlite:///{path}", pool_size=1)
    migrate.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def settings(migrated, tmp_path) -> Settings:
    path = shutil.copy(migrated, tmp_path)
    return Settings(database_url=f"sqlite:///{path}", redis_url="fakeredis://", demo_tokens=f"{DEMO_TOKEN}:user123")


@pytest.fixture
def world(monkeypatch) -> World:
    """What the shop's clients reach, in place of the network."""
    world = World()
    monkeypatch.setattr(webstore.shop, "Payments", lambda _: world.payments)
    monkeypatch.setattr(webstore.shop, "Inventory", lambda _: world.inventory)
    monkeypatch.setattr(webstore.shop, "Promotions", lambda _: world.promotions)
    monkeypatch.setattr(webstore.shop, "Crm", lambda _: world.crm)
    return world


@pytest.fixture
def shop(settings, world):
    """Without its background loops: tests run those steps themselves, when they want them."""
    shop = Shop(settings)
    yield shop
    shop.database.close()


@pytest.fixture
def shop_with(settings, world):
    """A shop with other settings."""
    shops = []

    def create(**changes) -> Shop:
        shops.append(Shop(settings.model_copy(update=changes)))
        return shops[-1]

    yield create
    for shop in shops:
        shop.database.close()


@pytest.fixture
async def client(shop):
    """A visitor who is not signed in."""
    async with client_of(shop) as client:
        yield client


@pytest.fixture
async def buyer(shop):
    async with client_of(shop, DEMO_TOKEN) as client:
        yield client


@pytest.fixture
def books(shop, world):
    """Money and stock; they must add up when the test is over."""
    books = Books(shop, world)
    yield books
    books.check()


@pytest.fixture(scope="session")
def _probe() -> MetricsProbe:
    return MetricsProbe()


@pytest.fixture
def levels(_probe):
    """Gives every metric's values as they are."""
    return _probe.levels


@pytest.fixture
def moved(_probe):
    """Gives the changes of the named metric since the test began, by labels."""
    return _probe.since_now()
