"""Orders as their buyer sees them."""

import logging
from datetime import datetime

import pytest
from opentelemetry.sdk.trace import TracerProvider
from series import labels
from visitors import client_of_user
from webstore.domain.promotion import Discount
from webstore.models import DiscountOutcome

tracer = TracerProvider().get_tracer("test")


async def buy(buyer, product_id: int = 1, quantity: int = 1, **checkout):
    await buyer.post("/cart/add", json={"product_id": product_id, "quantity": quantity})
    response = await buyer.post("/checkout", json=checkout)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_answer_to_a_checkout(buyer, world, books):
    world.promotions.answer = Discount(cents=1_05, promotion_code="SPRING")
    answer = await buy(buyer, product_id=3, quantity=2, payment_method="paypal", country="UK")
    assert answer == {
        "message": "Checkout successful",
        "order_id": books.order().id,
        "status": "confirmed",
        "fulfilment": "reserved",
        "total_amount": 198.93,
        "discount_amount": 1.05,
        "promotion_code": "SPRING",
        "coupon_code": None,
        "discount_outcome": "applied",
        "payment_transaction_id": f"TXN-{books.order().id}",
        "trace_id": None,
    }


async def test_an_order_has_the_trace_of_the_request_that_created_it(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})
    traces, answers = [], []
    for _ in range(2):
        with tracer.start_as_current_span("request") as span:
            answer = await buyer.post("/checkout", json={}, headers={"Idempotency-Key": "key"})
        traces.append(format(span.get_span_context().trace_id, "032x"))
        answers.append(answer.json())
    assert traces[0] != traces[1]
    assert [answer["trace_id"] for answer in answers] == [traces[0]] * 2
    assert (await buyer.get(f"/orders/{books.order().id}")).json()["trace_id"] == traces[0]


@pytest.mark.parametrize("outcome", ["none", "unavailable", "not_configured"])
async def test_a_checkout_says_why_there_is_no_discount(outcome, buyer, world, books, moved, caplog):
    caplog.set_level(logging.INFO)
    world.promotions.absence = DiscountOutcome(outcome)
    answer = await buy(buyer)
    assert (answer["discount_outcome"], answer["discount_amount"], answer["promotion_code"]) == (outcome, 0, None)
    assert moved("webstore.promotions") == {labels(outcome=outcome): 1}
    logged = [vars(record) for record in caplog.records if vars(record).get("event.name") == f"promotions.{outcome}"]
    assert [line["order.id"] for line in logged] == ([] if outcome == "none" else [books.order().id])


@pytest.mark.parametrize("path", ["/checkout", "/orders/checkout"])
async def test_both_paths_check_out(path, buyer, books):
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
    assert (await buyer.post(path, json={"payment_method": "credit_card"})).status_code == 200
    assert books.order().payment_method == "credit_card"


async def test_an_order_is_shown_with_its_lines(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 2, "country": "DE"})
    bought = await buy(buyer, product_id=1)
    order = (await buyer.get(f"/orders/{bought['order_id']}")).json()
    created_at = datetime.fromisoformat(order.pop("created_at"))
    assert created_at.utcoffset() is not None
    assert order == {
        "id": bought["order_id"],
        "status": "confirmed",
        "status_reason": None,
        "fulfilment": "reserved",
        "total_amount": 1059.97,
        "discount_amount": 0,
        "promotion_code": None,
        "coupon_code": None,
        "country": "DE",
        "payment_method": "credit_card",
        "payment_transaction_id": bought["payment_transaction_id"],
        "trace_id": None,
        "items": [
            line(7, "Mouse", 2, 29.99, 59.98),
            line(1, "Laptop", 1, 999.99, 999.99),
        ],
    }


def line(product_id: int, name: str, quantity: int, price: float, subtotal: float):
    return {
        "product_id": product_id,
        "product_name": name,
        "quantity": quantity,
        "price": price,
        "subtotal": subtotal,
        "reserved": True,
        "fulfillment_days": 2,
    }


async def test_orders_come_newest_first_in_pages(buyer, books):
    bought = [(await buy(buyer, product_id=7))["order_id"] for _ in range(5)]
    pages, before = [], None
    while True:
        page = (await buyer.get("/orders", params={"limit": 2, **({"before": before} if before else {})})).json()
        pages.append([order["id"] for order in page["orders"]])
        before = page["next_before"]
        if before is None:
            break
    assert pages == [[bought[4], bought[3]], [bought[2], bought[1]], [bought[0]]]


async def test_orders_are_their_buyers_own(shop, buyer, books):
    bought = await buy(buyer)
    async with await client_of_user(shop, "admin") as other:
        assert (await other.get("/orders")).json() == {"orders": [], "next_before": None}
        assert (await other.get(f"/orders/{bought['order_id']}")).status_code == 404


async def test_a_price_change_leaves_orders_alone(shop, buyer, books):
    bought = await buy(buyer, product_id=7)
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE products SET price_cents = 1")
    order = (await buyer.get(f"/orders/{bought['order_id']}")).json()
    assert (order["total_amount"], order["items"][0]["price"]) == (29.99, 29.99)


async def test_there_are_no_coupons_without_promotions(client):
    assert (await client.get("/coupons")).json() == {"coupons": []}
