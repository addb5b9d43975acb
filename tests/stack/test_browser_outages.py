"""What a shopper sees while something is down: a clear text soon, no error of the page, and recovery by itself."""

import time
from secrets import token_hex

import pytest
from playwright.sync_api import Page, Request, expect

from tests.support import engines, shop_pages
from tests.support.browser import Visitor
from tests.support.polling import eventually, stand_idle
from tests.support.shop_pages import heading
from tests.support.soak import soaked
from tests.support.stack import Stack

TELEMETRY = "/otlp/"
#: Milliseconds that a user waits at most until the page says what is wrong: nginx's time-outs and ours are shorter.
PATIENCE = 10_000
ARRIVES = 60  # seconds
IDLE = soaked(12.0, 120.0)  # seconds; a loop that reports itself does so every few


def test_collector_down(stack: Stack, shopper: Visitor, page: Page) -> None:
    with stack.without("otel-collector"):
        buy(shopper)


@pytest.mark.parametrize("blocked", ["/otlp/v1/", "/assets/late-"])
def test_telemetry_blocked(shopper: Visitor, page: Page, blocked: str) -> None:
    """As an ad blocker would, or without the chunk that sends it."""
    page.route(f"**{blocked}*", lambda route: route.abort("blockedbyclient"))
    with page.expect_event("requestfailed", lambda request: blocked in request.url):
        buy(shopper)


@pytest.mark.parametrize(
    "response",
    [{"status": 503}, {"status": 413}, {"status": 429, "headers": {"Retry-After": "30"}}],
    ids=lambda response: str(response["status"]),
)
def test_failing_export_is_no_error_of_the_page(shopper: Visitor, page: Page, response: dict[str, object]) -> None:
    page.route("**/otlp/**", lambda route: route.fulfill(**response))  # type: ignore[arg-type]
    with page.expect_request(lambda request: TELEMETRY in request.url):
        shopper.visit("/us")
    shop_pages.add(page, "Mouse")
    for state in ("hidden", "visible") * 5:
        page.evaluate(CHANGE_TAB, state)
    shopper.visit("/cart")
    expect(page.get_by_role("textbox", name="Quantity of Mouse")).to_have_value("1")


def test_main_service_down_and_back(stack: Stack, shopper: Visitor, page: Page) -> None:
    with stack.without("main-service"):
        shopper.visit("/us")
        expect(heading(page, "The shop is not available at the moment")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        assert shop_pages.trace_id(page)
    # By itself: the page tries again every few seconds.
    expect(heading(page, "Products")).to_be_visible()


def test_main_service_that_hangs(stack: Stack, shopper: Visitor, page: Page) -> None:
    with stack.paused("main-service"):
        shopper.visit("/us")
        title = heading(page, "The shop is not available at the moment").or_(
            heading(page, "The shop did not respond in time")
        )
        expect(title).to_be_visible(timeout=PATIENCE + 5_000)
    expect(heading(page, "Products")).to_be_visible()


@pytest.mark.parametrize(
    "response",
    [
        {"status": 200, "body": ""},
        {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"},
        {"status": 413, "body": "<html>Too large</html>", "content_type": "text/html"},
    ],
    ids=["empty 200", "HTML 502", "HTML 413"],
)
def test_a_response_that_is_no_json_gives_a_clear_text(
    shopper: Visitor, page: Page, response: dict[str, object]
) -> None:
    page.route("**/api/US/products", lambda route: route.fulfill(**response))  # type: ignore[arg-type]
    shopper.visit("/us")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("JSON")
    expect(page.locator("body")).not_to_contain_text("<html>")


def test_a_rate_limit_is_waited_for(shopper: Visitor, page: Page) -> None:
    limited = {"status": 429, "headers": {"Retry-After": "2"}, "body": "{}", "content_type": "application/problem+json"}
    page.route("**/api/US/products", lambda route: route.fulfill(**limited), times=1)  # type: ignore[arg-type]
    shopper.visit("/us")
    expect(heading(page, "Too many requests")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(heading(page, "Products")).to_be_visible()


def test_a_tab_from_before_the_deployment_reloads_once(shopper: Visitor, page: Page) -> None:
    """Its chunks are gone: one reload, and then a text instead of a loop."""
    shopper.visit("/login")
    shop_pages.log_in(page)
    page.route("**/assets/account-*", lambda route: route.fulfill(status=404))
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    page.get_by_role("link", name="Orders", exact=True).click()
    expect(heading(page, "This page needs to be reloaded")).to_be_visible()
    expect(page.get_by_role("button", name="Reload the page")).to_be_visible()
    eventually(lambda: page.evaluate("document.readyState") == "complete" and len(loads) == 1, "one reload")


def test_an_idle_page_sends_nothing(shopper: Visitor, page: Page) -> None:
    """Telemetry that reported its own export would do so for ever."""
    began = time.time()
    with page.expect_response(lambda response: TELEMETRY in response.url):
        shopper.visit("/us")
    sent: list[str] = []

    def note(request: Request) -> None:
        if TELEMETRY in request.url:
            sent.append(request.url)

    page.on("request", note)
    stand_idle(IDLE)
    page.evaluate("1")  # delivers what happened meanwhile
    assert len(sent) <= 1  # what the page's start left in the batch
    assert engines.search('{ resource.service.name = "frontend" && name =~ ".*otlp.*" }', since=began) == []


def test_an_error_of_the_page_arrives_and_one_of_an_extension_does_not(shopper: Visitor, page: Page) -> None:
    name = f"PriceTagError{token_hex(4)}"
    shopper.visit("/us")
    page.evaluate(THROW_ALL, name)
    selector = f'{{service_name="frontend"}} | event_name="exception" | exception_type="{name}"'
    (line,) = eventually(lambda: engines.log_lines(selector), selector, ARRIVES)
    assert line["url_template"] == "/{country}"
    assert "token" not in line["exception_message"]
    assert engines.log_lines('{service_name="frontend"} |= "OfAnExtension"') == []
    assert [
        complaint for complaint in shopper.complaints if name not in complaint and "Extension" not in complaint
    ] == []
    shopper.complaints.clear()


#: What is queued is sent when the page is hidden.
CHANGE_TAB = """(state) => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
THROW_ALL = """(name) => {
  const later = (error) => setTimeout(() => { throw error; });
  later(Object.assign(new Error('at /us?token=secret#x'), { name }));
  const foreign = new Error('OfAnExtension');
  foreign.stack = 'Error: OfAnExtension\\n    at run (chrome-extension://abcdef/content.js:1:1)';
  later(foreign);
}"""


def buy(shopper: Visitor) -> None:
    shop_pages.to_checkout(shopper, "Mouse")
    shop_pages.place_order(shopper.page)
    shop_pages.confirmed_order(shopper.page)
    assert shop_pages.trace_id(shopper.page)
