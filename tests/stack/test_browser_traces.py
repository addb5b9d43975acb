"""From the click to the payment provider: one trace, found by the ID that the page shows."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import engines, shop_pages
from tests.support.browser import Visitor
from tests.support.polling import eventually
from tests.support.shop_pages import OWNER

GRAFANA = "http://localhost:3000"  # as docker-compose.yml derives it
ARRIVES = 60  # seconds
#: Seconds; above it, the collector takes a clock for wrong.
CLOCK_TOLERANCE = 300
BEYOND = {"main-service", "payments-service", "promotions-service", "payment-provider", "inventory-system"}


@pytest.fixture
def page(shopper: Visitor) -> Page:
    """With a user who is logged in."""
    shopper.visit("/login")
    shop_pages.log_in(shopper.page)
    return shopper.page


def test_a_purchase_is_one_trace_from_the_click_on(shopper: Visitor, page: Page) -> None:
    OWNER.add_to_cart(1)
    shopper.visit("/checkout")
    shop_pages.place_order(page)
    shop_pages.confirmed_order(page)
    link = page.get_by_role("link", name="Trace of order").first.get_attribute("href") or ""
    trace_id = shop_pages.trace_id(page)
    assert trace_id in link
    assert link.startswith(f"{GRAFANA}/explore?")
    spans = eventually(lambda: whole(trace_id), f"the whole trace {trace_id}", ARRIVES)
    by_id = {span.span_id: span for span in spans}
    (click,) = [span for span in spans if not span.parent_id]
    assert (click.service, click.name) == ("frontend", "shop.checkout")
    (served,) = [span for span in spans if (span.service, span.name) == ("main-service", "POST /checkout")]
    sent = by_id[served.parent_id]
    assert (sent.service, sent.name, sent.parent_id) == ("frontend", "POST /checkout", click.span_id)
    assert sent.attributes["url.template"] == "/checkout"
    assert {"payment.method", "order.id", "session.id"} <= click.attributes.keys()
    # Nothing that names a person, and nothing of another service.
    text = str([span.attributes for span in spans if span.service == "frontend"])
    assert "test123" not in text
    assert "token" not in text


def test_an_error_links_its_trace(shopper: Visitor, page: Page) -> None:
    shopper.visit("/orders/999999")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    asked = page.evaluate(LAST_TRACE)
    eventually(lambda: {span.service for span in engines.trace(asked)} >= {"frontend", "main-service"}, asked, ARRIVES)


def test_spans_of_a_page_that_is_closed_at_once_arrive(shopper: Visitor, page: Page) -> None:
    OWNER.add_to_cart(7)
    shopper.visit("/cart")
    # What is recorded before the SDK has been loaded waits in the page, and would go with it.
    eventually(lambda: page.evaluate(HAS_SDK), "the SDK", ARRIVES)
    with page.expect_request(lambda request: request.method == "PATCH") as asked:
        page.get_by_role("button", name="Increase quantity of Mouse").click()
    trace_id = asked.value.headers["traceparent"].split("-")[1]
    page.close(run_before_unload=True)
    eventually(
        lambda: {"frontend", "main-service"} <= {span.service for span in engines.trace(trace_id)}, trace_id, ARRIVES
    )


@pytest.mark.parametrize("hours", [3, -240], ids=["3 h ahead", "10 days behind"])
def test_trace_of_a_browser_with_a_wrong_clock_is_readable(shopper: Visitor, page: Page, hours: int) -> None:
    """Its spans are stored with the time of their receipt, beside those of the services."""
    page.add_init_script(SHIFT_CLOCK.replace("HOURS", str(hours)))
    OWNER.add_to_cart(7)
    shopper.visit("/checkout")
    shop_pages.place_order(page)
    shop_pages.confirmed_order(page)
    trace_id = shop_pages.trace_id(page)
    spans = eventually(lambda: whole(trace_id), f"the whole trace {trace_id}", ARRIVES)
    starts = [span.start for span in spans]
    assert max(starts) - min(starts) < CLOCK_TOLERANCE


def test_vitals_of_the_pages(shopper: Visitor, page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed; no figure of this machine is a limit, but that the layout does not jump is."""
    shift = []
    page.add_init_script(OBSERVE_VITALS)
    for path in ("/us", "/us/products/1", "/cart", "/orders"):
        shopper.visit(path)
        page.wait_for_load_state("networkidle")
        vitals: dict[str, Any] = page.evaluate("window.vitals")
        shift.append(vitals["cls"])
        # A click, as a choice that the test makes in a list is no interaction for the browser.
        page.get_by_role("link", name="webstore").first.click()
        vitals["inp"] = eventually(lambda: page.evaluate("window.vitals.inp"), "an interaction", ARRIVES)
        with capsys.disabled():
            print(f"\n{path}: LCP {vitals['lcp']:.0f} ms, CLS {vitals['cls']:.3f}, INP {vitals['inp']:.0f} ms", end="")
    assert max(shift) < 0.1  # "good", https://web.dev/articles/cls


#: As the footer links it.
LAST_TRACE = "[...document.querySelectorAll('footer a code')].map((code) => code.textContent).at(-1)"
SHIFT_CLOCK = """
  const offset = HOURS * 3600 * 1000, Real = Date;
  Date = class extends Real {
    constructor(...values) { super(...(values.length ? values : [Real.now() + offset])); }
    static now() { return Real.now() + offset; }
  };
  const { timeOrigin } = performance;
  Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin + offset });
"""
HAS_SDK = "performance.getEntriesByType('resource').some((entry) => entry.name.includes('/assets/late-'))"
OBSERVE_VITALS = """
  window.vitals = { lcp: 0, cls: 0, inp: 0 };
  const observe = (type, note, options) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
  observe('largest-contentful-paint', (entry) => { window.vitals.lcp = entry.startTime; });
  observe('layout-shift', (entry) => { if (!entry.hadRecentInput) window.vitals.cls += entry.value; });
  const interaction = (entry) => { // 8 ms is the resolution: a shorter one may be given as 0
    if (entry.interactionId) window.vitals.inp = Math.max(window.vitals.inp, entry.duration, 8);
  };
  observe('event', interaction, { durationThreshold: 16 });
  observe('first-input', interaction); // however short it was
"""


def whole(trace_id: str) -> list[engines.Span]:
    spans = engines.trace(trace_id)
    services = {span.service for span in spans}
    return spans if services >= {"frontend", *BEYOND} and any(not span.parent_id for span in spans) else []
