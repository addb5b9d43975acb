"""One visit of the shop's pages in which a person does everything that they offer, so that each span is made once."""

from playwright.sync_api import Page, expect

from tests.support import shop_pages
from tests.support.browser import Visitor, chromium, visitor
from tests.support.shop_pages import OWNER, main
from tests.support.shop_responses import empty_cart

#: An error that the page's code does not catch, as window.onerror gets it.
THROW = "setTimeout(() => { throw new Error('for the record'); })"


def visit() -> None:
    empty_cart(OWNER)
    with chromium() as browser, visitor(browser) as shopper:
        choose(shopper)
        change_cart(shopper.page)
        buy(shopper.page)
        leave(shopper.page)


def choose(shopper: Visitor) -> None:
    """From the catalogue and from a product's page, then log in."""
    shopper.visit("/us")
    shop_pages.add(shopper.page, "Mouse")
    shopper.visit("/us/products/6")
    shop_pages.add(shopper.page, "Keyboard")
    shopper.visit("/cart")
    shopper.page.get_by_role("link", name="Log in to check out").click()
    shop_pages.log_in(shopper.page)
    shopper.visit("/cart")


def change_cart(page: Page) -> None:
    quantity = page.get_by_role("textbox", name="Quantity of Mouse")
    page.get_by_role("button", name="Increase quantity of Mouse").click()
    expect(quantity).to_have_value("2")
    page.get_by_role("button", name="Remove Keyboard").click()
    expect(main(page).get_by_role("listitem")).to_have_count(1)
    # With a login, an addition goes to main-service at once.
    page.get_by_role("link", name="webstore").first.click()
    shop_pages.add(page, "Laptop")
    page.get_by_role("link", name="View cart").click()
    page.get_by_role("link", name="Check out").click()


def buy(page: Page) -> None:
    shop_pages.apply_coupon(page, "SAVE20")
    shop_pages.pay(page)
    page.get_by_role("link", name="View order").click()
    expect(main(page)).to_contain_text("Details")
    page.get_by_role("link", name="Orders", exact=True).click()
    expect(shop_pages.heading(page, "Your orders")).to_be_visible()


def leave(page: Page) -> None:
    page.evaluate(THROW)
    page.get_by_role("button", name="Log out test").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    # The page sends what it still has when it is closed in the way that a person closes it.
    page.close(run_before_unload=True)
