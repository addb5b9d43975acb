"""The shop as a person uses it, in Chromium: look, choose, log in, pay, come back."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import shop_database, shop_pages
from tests.support.browser import FRONTEND_URL, Visitor
from tests.support.polling import eventually
from tests.support.shop_pages import OWNER, heading, main, to_checkout
from tests.support.stack import SHOP_URL, Stack
from tests.support.third_parties import DECLINE, calmed
from tools.shop_client import ShopClient

MOUSE = 7
#: Scarce on purpose for the test of a product that is sold out.
WEBCAM = 8


def test_browse_by_country(shopper: Visitor, page: Page) -> None:
    shopper.visit("/")
    expect(heading(page, "Products")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Laptop")).to_contain_text("$999.99")
    page.get_by_role("combobox", name="Country").select_option(label="Germany")
    expect(page.get_by_role("listitem").filter(has_text="Laptop")).to_contain_text("999,99 $")
    page.get_by_role("link", name="Furniture").click()
    expect(page.get_by_role("status").filter(has_text="1 product")).to_be_visible()
    page.get_by_role("link", name="Desk Chair").first.click()
    expect(heading(page, "Desk Chair")).to_be_focused()
    expect(main(page)).to_contain_text("199,99 $")
    page.reload()
    expect(heading(page, "Desk Chair")).to_be_visible()


def test_cart_is_kept_until_the_login_and_merged_once(shopper: Visitor, page: Page) -> None:
    OWNER.add_to_cart(MOUSE)
    shopper.visit("/us")
    shop_pages.add(page, "Mouse")
    shop_pages.add(page, "Keyboard")
    shopper.visit("/cart")
    page.get_by_role("button", name="Increase quantity of Mouse").click()
    page.get_by_role("button", name="Remove Keyboard").click()
    page.reload()
    expect(page.get_by_role("textbox", name="Quantity of Mouse")).to_have_value("2")
    expect(main(page)).not_to_contain_text("Keyboard")
    page.get_by_role("link", name="Log in to check out").click()
    shop_pages.lose_one_response(page, "/api/cart/merge")
    shop_pages.log_in(page)
    shopper.visit("/cart")
    expect(page.get_by_role("textbox", name="Quantity of Mouse")).to_have_value("3")
    page.reload()
    expect(page.get_by_role("textbox", name="Quantity of Mouse")).to_have_value("3")
    assert OWNER.cart() == {MOUSE: 3}


def test_buy_and_find_the_order_again(shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Laptop")
    shop_pages.place_order(page)
    order = shop_pages.confirmed_order(page)
    trace = shop_pages.trace_id(page)
    page.get_by_role("link", name="View order").click()
    expect(heading(page, f"Order {order}")).to_be_visible()
    expect(main(page)).to_contain_text("Confirmed")
    expect(main(page)).to_contain_text("1 × $999.99")
    assert shop_pages.trace_id(page) == trace == OWNER.call("GET", f"/orders/{order}").body["trace_id"]
    page.get_by_role("link", name="Orders", exact=True).click()
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=f"Order {order}"))
    expect(card.first).to_contain_text("1 × Laptop")
    assert OWNER.cart() == {}


def test_a_declined_card_can_be_followed_by_another_method(stack: Stack, shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Keyboard")
    with calmed(stack, "payment-provider", failure_rate=1, errors=[DECLINE]):
        shop_pages.place_order(page)
        expect(main(page)).to_contain_text("Your payment was declined")
    page.get_by_label("PayPal").check()
    with calmed(stack, "payment-provider"):
        shop_pages.place_order(page)
        order = shop_pages.confirmed_order(page)
    assert OWNER.call("GET", f"/orders/{order}").body["payment_method"] == "paypal"


def test_an_item_that_is_sold_out_meanwhile(stack: Stack, shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Webcam")
    before = shop_database.stock(stack, WEBCAM)
    shop_database.set_stock(stack, WEBCAM, 0)
    try:
        shop_pages.place_order(page)
        expect(main(page)).to_contain_text("An item is sold out")
        shopper.visit("/us")
        expect(page.get_by_role("button", name="Sold out Webcam")).to_be_disabled()
    finally:
        shop_database.set_stock(stack, WEBCAM, before)


def test_a_coupon_is_quoted_and_charged_as_quoted(shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Laptop")
    shop_pages.apply_coupon(page, "NO-SUCH-CODE")
    expect(main(page)).to_contain_text("A coupon code has 3 to 32 letters and digits.")
    shop_pages.apply_coupon(page, "NOSUCHCODE")
    expect(page.get_by_label("Coupon code")).to_have_attribute("aria-invalid", "true")
    shop_pages.apply_coupon(page, "save20")
    expect(main(page)).to_contain_text("-$200.00")
    shop_pages.place_order(page)
    order = OWNER.call("GET", f"/orders/{shop_pages.confirmed_order(page)}").body
    assert (order["coupon_code"], order["total_amount"]) == ("SAVE20", 799.99)
    expect(main(page)).to_contain_text("$799.99")


def test_two_clicks_are_one_order(shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Mouse")
    before = order_count()
    page.get_by_role("button", name="Place order and pay").dblclick()
    shop_pages.confirmed_order(page)
    assert order_count() == before + 1


def test_two_tabs_are_one_order(shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Mouse")
    before = order_count()
    second = page.context.new_page()
    shopper.observe(second)
    second.goto(page.url)
    expect(second.get_by_role("button", name="Place order and pay")).to_be_visible()
    shop_pages.place_order(page)
    shop_pages.confirmed_order(page)
    shop_pages.place_order(second)
    expect(main(second)).to_contain_text("Your orders")
    assert order_count() == before + 1


def test_lost_response_of_a_checkout_is_asked_for_again_after_a_reload(
    stack: Stack, shopper: Visitor, page: Page
) -> None:
    to_checkout(shopper, "Keyboard")
    before, charged = order_count(), shop_database.charges(stack)
    shop_pages.lose_one_response(page, "/api/checkout")
    shop_pages.place_order(page)
    expect(heading(page, shop_pages.UNKNOWN)).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Check again").click()
    shop_pages.confirmed_order(page)
    assert order_count() == before + 1
    assert shop_database.charges(stack) == charged + 1


def test_an_order_opened_by_its_address_asks_for_the_login_first(shopper: Visitor, page: Page) -> None:
    OWNER.add_to_cart(MOUSE)
    order = OWNER.checkout().body["order_id"]
    shopper.visit(f"/orders/{order}")
    expect(heading(page, "Log in")).to_be_visible()
    shop_pages.log_in(page)
    expect(heading(page, f"Order {order}")).to_be_visible()
    page.reload()
    expect(heading(page, f"Order {order}")).to_be_visible()


def test_an_ended_login_asks_once_and_keeps_the_cart(shopper: Visitor, page: Page) -> None:
    to_checkout(shopper, "Mouse")
    token = page.evaluate("JSON.parse(localStorage.getItem('webstore.session')).token")
    assert ShopClient(SHOP_URL, token).call("POST", "/auth/logout").status == 204
    shop_pages.place_order(page)
    expect(main(page)).to_contain_text("Your login has ended.")
    shop_pages.log_in(page)
    expect(heading(page, "Checkout")).to_be_visible()
    shop_pages.place_order(page)
    shop_pages.confirmed_order(page)


def test_log_out(shopper: Visitor, page: Page) -> None:
    shopper.visit("/login")
    shop_pages.log_in(page)
    token = page.evaluate("JSON.parse(localStorage.getItem('webstore.session')).token")
    page.get_by_role("button", name="Log out test").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    eventually(lambda: ShopClient(SHOP_URL, token).call("GET", "/cart").status == 401, "the token is revoked")


def test_what_does_not_exist_is_asked_for_once(shopper: Visitor, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shopper.visit("/us/products/999999")
    expect(heading(page, "Page not found")).to_be_visible()
    assert asked.count(f"{FRONTEND_URL}/api/US/products/999999") == 1
    shopper.visit("/nothing/here/at/all")
    expect(heading(page, "Page not found")).to_be_visible()


@pytest.mark.parametrize("origin", ["http://shop.test:3001", FRONTEND_URL])
def test_buy_without_secure_context_and_without_storage(shopper: Visitor, page: Page, origin: str) -> None:
    """At a plain name the browser has no crypto.randomUUID; with cookies blocked, reading localStorage throws."""
    if origin == FRONTEND_URL:
        page.add_init_script(DENY_STORAGE)
    else:
        shopper.visit("/us", origin)
        assert page.evaluate("isSecureContext") is False
    shopper.visit("/us", origin)
    shop_pages.add(page, "Mouse")
    page.get_by_role("link", name="View cart").click()
    page.get_by_role("link", name="Log in to check out").click()
    shop_pages.log_in(page)
    shop_pages.place_order(page)
    shop_pages.confirmed_order(page)


def test_a_translated_page_goes_on_working(shopper: Visitor, page: Page) -> None:
    """Translators wrap text in <font>; React fails on text that it wants to remove and that is elsewhere now."""
    to_checkout(shopper, "Mouse")
    page.evaluate(WRAP_ALL_TEXT)
    shop_pages.place_order(page)
    shop_pages.confirmed_order(page)


DENY_STORAGE = """
  for (const storage of ['localStorage', 'sessionStorage'])
    Object.defineProperty(window, storage, { get() { throw new Error('denied'); } });
"""
WRAP_ALL_TEXT = """() => {
  const walker = document.createTreeWalker(document.getElementById('root'), NodeFilter.SHOW_TEXT), nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const font = document.createElement('font');
    node.replaceWith(font);
    font.append(node);
  }
}"""


def order_count() -> int:
    orders: list[Any] = OWNER.call("GET", "/orders?limit=100").body["orders"]
    return len(orders)
