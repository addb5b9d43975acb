"""Discounts and coupons against the real promotions-service: right amounts, and no use of a coupon too many or lost."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support import concurrency, engines, shop_database, shop_responses
from tests.support.concurrency import BUYERS
from tests.support.day import Day
from tests.support.polling import eventually
from tests.support.shop_responses import problem
from tests.support.stack import PROJECT, PROMOTIONS_URL, Stack
from tests.support.third_parties import DECLINE, behaviour, calmed
from tools.shop_client import Answer, ShopClient, new_traceparent

SOON = 60  # seconds
PROMOTIONS = ShopClient(PROMOTIONS_URL, token=None)
MOUSE = 7  # 29.99
CODE = "FLAT50"
#: By how many mice: the code of the tier, and the discount of that many.
TIERS = {3: (None, 0), 4: ("SMALL_ORDER_3", 3.6), 7: ("MEDIUM_ORDER_5", 10.5), 17: ("BIG_ORDER_10", 50.98)}


@dataclass(frozen=True)
class Purchase:
    trace_id: str
    began: float
    quote: dict[str, Any]
    order: dict[str, Any]


@pytest.fixture(scope="module")
def purchase(stack: Stack) -> Purchase:
    """With a coupon of 20 %."""
    buyer, began, before = BUYERS[70], time.time(), uses(stack, "SAVE20")
    trace_id, traceparent = new_traceparent()
    fill(buyer, 1, 1)
    quote = buyer.call("POST", "/cart/quote", {"coupon_code": "SAVE20"})
    with calmed(stack, "payment-provider"):
        answer = buyer.checkout(coupon_code="SAVE20", traceparent=traceparent)
    assert (quote.status, answer.status) == (200, 200), (quote, answer)
    eventually(lambda: uses(stack, "SAVE20") == before + 1, "one use more", SOON)
    return Purchase(trace_id, began, quote.body, answer.body)


def test_an_order_costs_what_the_quote_said(purchase: Purchase) -> None:
    quote, order = purchase.quote, purchase.order
    assert (quote["subtotal"], quote["discount"], quote["total"]) == (999.99, 200.0, 799.99)
    assert (order["discount_amount"], order["total_amount"]) == (200.0, 799.99)
    assert quote["coupon_code"] == order["coupon_code"] == "SAVE20"


def test_its_trace_goes_through_promotions_service_to_postgresql(purchase: Purchase) -> None:
    def calls() -> set[tuple[str, str, str]]:
        """Caller, service and name of each span below another."""
        spans = engines.trace(purchase.trace_id)
        callers = {span.span_id: span.service for span in spans}
        return {(callers[span.parent_id], span.service, span.name) for span in spans if span.parent_id in callers}

    wanted = {
        ("main-service", "promotions-service", "POST /api/promotions/check"),
        ("main-service", "promotions-service", "POST /api/promotions/validate-coupon"),
        ("main-service", "promotions-service", "POST /api/promotions/redeem-coupon"),
        ("promotions-service", "promotions-service", "SELECT coupons"),
        ("promotions-service", "promotions-service", "INSERT redemptions"),
        ("promotions-service", "promotions-service", "UPDATE coupons"),
    }
    eventually(lambda: wanted <= calls(), f"the calls of {purchase.trace_id}", SOON)


@pytest.mark.parametrize("event", ["promotion.checked", "coupon.validated", "coupon.redeemed"])
def test_its_log_lines_carry_the_trace(purchase: Purchase, event: str) -> None:
    selector = f'{{service_name="promotions-service"}} | trace_id="{purchase.trace_id}" | event_name="{event}"'
    (line,) = eventually(lambda: engines.log_lines(selector, since=purchase.began), selector, SOON)
    assert line["detected_level"] == "info"


@pytest.mark.parametrize(
    "metric", ["promotions_checked_total", "coupon_redemptions_total", "promotion_discount_amount_usd_bucket"]
)
def test_its_metrics_have_exemplars(purchase: Purchase, metric: str) -> None:
    def traces() -> set[str]:
        found = engines.exemplars(metric, since=purchase.began, until=time.time())
        return {exemplar["labels"].get("trace_id", "") for exemplar in found}

    eventually(
        lambda: any(engines.trace(trace_id) for trace_id in traces() if trace_id), f"exemplars of {metric}", SOON
    )


def test_a_declined_card_leaves_the_coupon_unused(stack: Stack) -> None:
    buyer, before = BUYERS[71], uses(stack, "SAVE20")
    fill(buyer, 1, 1)
    with behaviour(stack, "payment-provider", failure_rate=1, failure_rate_by_country={}, errors=[DECLINE]):
        answer = buyer.checkout(coupon_code="SAVE20")
    assert problem(answer) == (402, "payment-declined")
    messages = "SELECT count(*) FROM outbox WHERE kind = 'coupon' AND payload->>'user_id' = 'buyer71'"
    assert shop_database.sql(stack, messages) == "0"
    assert uses(stack, "SAVE20") == before


@pytest.mark.parametrize("quantity", TIERS)
def test_each_tier(stack: Stack, quantity: int) -> None:
    code, discount = TIERS[quantity]
    buyer = BUYERS[72]
    fill(buyer, MOUSE, quantity)
    with calmed(stack, "payment-provider"):
        order = buyer.checkout().body
    expected = {
        "promotion_code": code,
        "discount_amount": discount,
        "total_amount": round(29.99 * quantity - discount, 2),
    }
    assert {name: order[name] for name in expected} == expected


def test_10_uses_left_go_to_10_of_200_orders(stack: Stack) -> None:
    with uses_left(stack, 10):
        answers = concurrency.at_once([settled_redemption(f"race-{number}") for number in range(200)])
        assert shop_responses.outcomes(answers) == {"200": 10, "coupon-exhausted": 190}
        assert remaining(stack) == 0


def test_an_order_that_redeems_40_times_uses_the_coupon_once(stack: Stack) -> None:
    with uses_left(stack, 10):
        answers = concurrency.at_once([settled_redemption("race-again")] * 40)
        assert shop_responses.outcomes(answers) == {"200": 40}
        assert Counter(answer.body["replayed"] for answer in answers) == {False: 1, True: 39}
        assert remaining(stack) == 9


def test_no_use_is_lost_or_counted_twice_when_processes_die(stack: Stack) -> None:
    """kill -9 of promotions-service and a restart of PostgreSQL while 10 buyers redeem 20 coupons each."""
    done: list[str] = []
    statuses: set[int] = set()

    def redeemed(order: str) -> bool:
        answer = redemption(order)()
        statuses.add(answer.status)
        return answer.status == 200

    def redeem(buyer: int) -> None:
        for number in range(20):
            order = f"race-{buyer}-{number}"
            eventually(lambda: redeemed(order), order, SOON)  # noqa: B023 - at once
            done.append(order)

    with uses_left(stack, 250), ThreadPoolExecutor(10) as buyers:
        load = [buyers.submit(redeem, buyer) for buyer in range(10)]
        eventually(lambda: len(done) > 20, "the first redemptions", SOON)
        stack.run("docker", "compose", "kill", "--signal", "KILL", "promotions-service")
        stack.run("docker", "compose", "up", "-d", "--wait", "promotions-service")
        stack.run("docker", "compose", "restart", "postgres")
        for one in load:
            one.result()
        assert len(done) == 200
        assert statuses <= {200, 503}  # a dead connection of the pool is no error of ours
        assert remaining(stack) == 50
        assert (
            shop_database.sql(stack, "SELECT count(*) FROM promotions.redemptions WHERE order_id LIKE 'race-%'")
            == "200"
        )


def test_without_promotions_service_the_shop_sells_without_discount(day: Day) -> None:
    responses = day.result("promotions_down")
    plain = responses["checkout"]
    assert (plain.status, plain.body["discount_amount"]) == (200, 0)
    assert plain.body["discount_outcome"] == "unavailable"
    assert responses["coupons"].body == {"coupons": []}
    assert responses["quote"].body["discount_outcome"] == "unavailable"


def test_without_promotions_service_a_coupon_is_rejected_before_the_payment(day: Day) -> None:
    rejected = day.result("promotions_down")["checkout with coupon"]
    assert problem(rejected) == (503, "coupon-unavailable")
    assert rejected.headers["retry-after"]


def test_a_coupon_that_is_used_up_is_rejected(day: Day) -> None:
    responses = day.result("coupon_used_up")
    assert problem(responses["checkout"]) == (422, "coupon-not-valid")
    assert problem(responses["redemption"]) == (409, "coupon-exhausted")


def test_a_promotions_service_that_hangs_costs_no_sale(stack: Stack) -> None:
    buyer = BUYERS[73]
    fill(buyer, 1, 1)
    with stack.paused("promotions-service"), calmed(stack, "payment-provider"):
        rejected, sold = buyer.checkout(coupon_code="SAVE20"), buyer.checkout()
    assert problem(rejected) == (503, "coupon-unavailable")
    assert (sold.status, sold.body["total_amount"]) == (200, 999.99)
    eventually(lambda: buyer.call("GET", "/coupons").body["coupons"], "the coupons again", SOON)


def test_it_is_small_and_starts_quickly(stack: Stack) -> None:
    """After the load of the tests above, or of the day."""
    usage = stack.run("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", f"{PROJECT}-promotions-service-1")
    used = float(usage.split("MiB")[0])
    size = stack.run("docker", "compose", "exec", "-T", "promotions-service", "du", "-sk", "/app").split()[0]
    began = time.monotonic()
    stack.run("docker", "compose", "restart", "promotions-service")
    stack.run("docker", "compose", "up", "-d", "--wait", "promotions-service")
    seconds = time.monotonic() - began
    print(f"promotions-service: {used:.0f} MiB, /app {int(size) / 1024:.1f} MiB, {seconds:.1f} s to healthy")
    assert used < 192 * 0.8


def test_the_books_agree_with_the_coupons(stack: Stack, purchase: Purchase) -> None:
    looked_at = shop_database.reconcile(stack)
    assert looked_at["promotions-service"] >= 1
    assert looked_at["redemptions have orders"] >= 1


def fill(buyer: ShopClient, product_id: int, quantity: int) -> None:
    shop_responses.empty_cart(buyer)
    assert buyer.add_to_cart(product_id, quantity).status == 200


def redemption(order_id: str) -> Callable[[], Answer]:
    body = {"couponCode": CODE, "userId": "racer", "orderId": order_id}
    return lambda: PROMOTIONS.call("POST", "/api/promotions/redeem-coupon", body)


def settled_redemption(order_id: str) -> Callable[[], Answer]:
    """Repeats a 503, as its client does: not all of so many find a connection to the database in time."""
    redeem = redemption(order_id)

    def settled() -> Any:
        response = redeem()
        return None if response.status == 503 else response

    return lambda: eventually(settled, order_id, SOON)


def uses(stack: Stack, code: str) -> int:
    return int(shop_database.sql(stack, f"SELECT used FROM promotions.coupons WHERE code = '{code}'"))


def remaining(stack: Stack) -> int:
    return int(shop_database.sql(stack, f"SELECT max_uses - used FROM promotions.coupons WHERE code = '{CODE}'"))


@contextmanager
def uses_left(stack: Stack, number: int) -> Iterator[None]:
    """So many inside; afterwards as before, without the made-up orders, which reconcile would rightly report."""
    before = uses(stack, CODE)
    set_uses = f"UPDATE promotions.coupons SET used = {{}} WHERE code = '{CODE}'"
    shop_database.sql(stack, set_uses.format(f"max_uses - {number}"))
    try:
        yield
    finally:
        shop_database.sql(
            stack, f"DELETE FROM promotions.redemptions WHERE order_id LIKE 'race-%'; {set_uses.format(before)}"
        )
