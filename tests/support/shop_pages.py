"""What a person does on the shop's pages, by roles and texts."""

import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import Visitor
from tests.support.stack import SHOP_URL
from tools.shop_client import ShopClient

#: Whom the pages log in, through the API: no other test buys as this user.
OWNER = ShopClient(SHOP_URL, token="test-token-789")
CONFIRMED = "Thank you, your order is confirmed"
UNKNOWN = "We don’t know yet whether your order was placed"
TRACE = re.compile(r"[0-9a-f]{32}")


def add(page: Page, product: str) -> None:
    """From the catalogue or the product's page."""
    page.get_by_role("button", name=f"Add to cart {product}").click()
    expect(page.get_by_text(f"{product} is in your cart.")).to_be_visible()


def log_in(page: Page) -> None:
    """On the login page, as one of the users whom it shows."""
    page.get_by_role("button", name="Use test").click()
    main(page).get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out test")).to_be_visible()


def to_checkout(shopper: Visitor, product: str) -> None:
    """With the product in the cart and logged in."""
    shopper.visit("/us")
    add(shopper.page, product)
    shopper.visit("/cart")
    shopper.page.get_by_role("link", name="Log in to check out").click()
    log_in(shopper.page)
    expect(shopper.page.get_by_role("button", name="Place order and pay")).to_be_visible()


def place_order(page: Page) -> None:
    """On the checkout page."""
    page.get_by_role("button", name="Place order and pay").click()


def pay(page: Page) -> int:
    """As long as cards are declined, which happens now and then; the number of the order."""
    declined = main(page).get_by_text("Your payment was declined")
    place_order(page)
    expect(heading(page, CONFIRMED).or_(declined)).to_be_visible()
    while declined.is_visible():
        place_order(page)
        expect(declined).to_be_hidden()
        expect(heading(page, CONFIRMED).or_(declined)).to_be_visible()
    return confirmed_order(page)


def apply_coupon(page: Page, code: str) -> None:
    page.get_by_label("Coupon code").fill(code)
    page.get_by_role("button", name="Apply").click()


def lose_one_response(page: Page, path: str) -> None:
    """The server has handled the request, and the page never hears of it."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(f"**{path}", lose, times=1)


def confirmed_order(page: Page) -> int:
    """The number of the order that the page confirms."""
    expect(heading(page, CONFIRMED)).to_be_visible()
    link = page.get_by_role("link", name="View order").get_attribute("href")
    assert link
    return int(link.rsplit("/", 1)[1])


def trace_id(page: Page) -> str:
    """That of the link beside the order or the error."""
    link = main(page).get_by_role("link", name="Trace").first
    expect(link).to_have_text(TRACE)
    found = TRACE.search(link.inner_text())
    assert found
    return found[0]


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name)


def main(page: Page) -> Locator:
    return page.get_by_role("main")
