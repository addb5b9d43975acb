"""The live system: started once with `make start`, under a project name of its own so that nobody's data is touched."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser as browsers
from tests.support import day as days
from tests.support import shop_responses
from tests.support.browser import Visitor
from tests.support.concurrency import ADMITTED
from tests.support.day import Day
from tests.support.shop_pages import OWNER
from tests.support.stack import PROJECT, Stack
from tests.support.third_parties import calmed
from tools.local_shop import ROOT


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Set KEEP_STACK=1 to leave it running for a look, and to start faster the next time."""
    os.environ.update(ADMITTED, COMPOSE_PROJECT_NAME=PROJECT)
    stack = Stack(ROOT)
    stack.run("docker", "compose", "build", timeout=1200)
    stack.start()
    yield stack
    if request.session.testsfailed:
        print(stack.run("docker", "compose", "logs", "--tail=60", "--no-color", check=False))
    if not os.environ.get("KEEP_STACK"):
        stack.run("docker", "compose", "down", "--volumes", "--remove-orphans")


@pytest.fixture(scope="session")
def day(stack: Stack, request: pytest.FixtureRequest) -> Day:
    """One day with every fault; the tests read what it left."""
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\na day in the stack:", flush=True)
        return days.live(stack)


@pytest.fixture(scope="module")
def browser(stack: Stack) -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def shopper(stack: Stack, browser: Browser) -> Iterator[Visitor]:
    """A browser with nothing stored, and a user with nothing in the cart. No page may raise an error of its own."""
    shop_responses.empty_cart(OWNER)
    with calmed(stack, "payment-provider"), browsers.visitor(browser) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
def page(shopper: Visitor) -> Page:
    return shopper.page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that read the day come first, as it begins with peace, which the faults of others would disturb."""
    items.sort(key=lambda item: "day" not in getattr(item, "fixturenames", ()))
