"""Every page at the widths of a telephone and of a desk, for keyboard, screen reader and eye."""

from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import shop_pages
from tests.support.browser import Visitor, visitor
from tests.support.repository import ROOT
from tests.support.shop_pages import OWNER, heading
from tests.support.stack import Stack
from tests.support.third_parties import DECLINE, calmed

PATHS = ("/us", "/us/products/1", "/cart", "/login", "/checkout", "/orders", "/no/such/page/here")
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
#: axe's own words for what keeps people out.
SEVERE = ("serious", "critical")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
def test_pages_have_no_serious_violation_and_nothing_is_cut_off(
    stack: Stack, browser: Browser, width: int, scheme: str
) -> None:
    with visitor(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as shopper:
        order = prepare(shopper)
        for path in (*PATHS, f"/orders/{order}"):
            shopper.visit(path)
            expect(shopper.page.get_by_role("heading", level=1)).to_be_visible()
            shopper.page.wait_for_load_state("networkidle")
            assert violations(shopper.page) == [], path
            assert shopper.page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert shopper.complaints == []


def test_pages_of_what_can_happen_have_no_serious_violation(stack: Stack, shopper: Visitor, page: Page) -> None:
    for path, title in (("/cart", "Your cart"), ("/login", "Log in")):
        shopper.visit(path)
        expect(heading(page, title).first).to_be_visible()
        assert violations(page) == [], path
    shop_pages.to_checkout(shopper, "Mouse")
    with calmed(stack, "payment-provider", failure_rate=1, errors=[DECLINE]):
        shop_pages.place_order(page)
        expect(heading(page, "Your payment was declined")).to_be_visible()
        assert violations(page) == []
    shop_pages.lose_one_response(page, "/api/checkout")
    shop_pages.place_order(page)
    expect(heading(page, shop_pages.UNKNOWN)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Check again").click()
    expect(heading(page, shop_pages.CONFIRMED).or_(heading(page, "Your payment was declined"))).to_be_visible()
    assert violations(page) == []
    page.route("**/api/US/products", lambda route: route.fulfill(status=503))
    shopper.visit("/us")
    expect(heading(page, "The shop is not available at the moment")).to_be_visible()
    assert violations(page) == []


def test_keyboard_alone_puts_into_the_cart(shopper: Visitor, page: Page) -> None:
    shopper.visit("/us/products/7")
    expect(page.get_by_role("heading", name="Mouse")).to_be_visible()
    button = page.get_by_role("button", name="Add to cart Mouse")
    for _ in range(20):
        if button.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Mouse is in your cart.")).to_be_visible()


def prepare(shopper: Visitor) -> int:
    """Logged in, with something in the cart and at least one order, whose number it returns."""
    orders: list[dict[str, Any]] = OWNER.call("GET", "/orders").body["orders"]
    if not orders:
        OWNER.add_to_cart(7)
        OWNER.checkout()
        orders = OWNER.call("GET", "/orders").body["orders"]
    OWNER.add_to_cart(1)
    shopper.visit("/login")
    shop_pages.log_in(shopper.page)
    return int(orders[0]["id"])


def violations(page: Page) -> list[str]:
    # Through the debugger and not as a script of the page, which the content security policy forbids.
    page.evaluate(axe())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in SEVERE]


@cache
def axe() -> str:
    return AXE.read_text()
