"""A quote says what a checkout of the cart would charge, and changes nothing."""

import asyncio
import logging

import pytest
from books import dump
from webstore.clients.promotions import Promotions
from webstore.domain.promotion import Discount, Purchase
from webstore.models import DiscountOutcome

PRICE = 89_97
TIER = Discount(5_00, promotion_code="TIER")


@pytest.fixture
async def full_cart(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 3, "country": "DE"})


@pytest.fixture
def save(world):
    """SAVE takes 20 dollars off."""
    world.promotions.coupon_cents = {"SAVE": 20_00}


async def quote(buyer, code=None):
    response = await buyer.post("/cart/quote", json={"coupon_code": code} if code else {})
    assert response.status_code == 200, response.text
    return response.json()


def quoted(discount_cents, outcome, message, promotion=None, coupon=None):
    return {
        "subtotal": PRICE / 100,
        "discount": discount_cents / 100,
        "total": (PRICE - discount_cents) / 100,
        "promotion_code": promotion,
        "coupon_code": coupon,
        "discount_outcome": outcome,
        "message": message,
    }


@pytest.mark.parametrize("content", [None, b"", b"{}", b"null", b'{"coupon_code": null}'])
@pytest.mark.usefixtures("full_cart")
async def test_the_body_is_optional(content, buyer, world):
    headers = {"Content-Type": "application/json"} if content else {}
    response = await buyer.post("/cart/quote", content=content, headers=headers)
    assert (response.status_code, response.json()) == (200, quoted(0, "none", "promotions: none"))
    assert world.promotions.asked == [Purchase("user123", "DE", PRICE)]


@pytest.mark.parametrize(
    ("tier", "code", "expected"),
    [
        (TIER, None, quoted(5_00, "applied", "Promotion TIER applies.", promotion="TIER")),
        (None, "SAVE", quoted(20_00, "applied", "Coupon SAVE applies.", coupon="SAVE")),
        (TIER, "SAVE", quoted(20_00, "applied", "Coupon SAVE applies.", coupon="SAVE")),
        *(
            (
                Discount(cents, promotion_code="TIER"),
                "SAVE",
                quoted(
                    cents,
                    "applied",
                    "Promotion TIER gives at least as much as coupon SAVE, which is not used up.",
                    promotion="TIER",
                ),
            )
            for cents in (20_00, 20_01)
        ),
        (None, "WRONG", quoted(0, "invalid", "Invalid coupon code")),
        (TIER, "WRONG", quoted(5_00, "invalid", "Invalid coupon code", promotion="TIER")),
        (Discount(PRICE, "TIER"), None, quoted(PRICE - 1, "applied", "Promotion TIER applies.", promotion="TIER")),
    ],
)
@pytest.mark.usefixtures("full_cart", "save")
async def test_quotes(tier, code, expected, buyer, world):
    world.promotions.answer = tier
    assert await quote(buyer, code) == expected


@pytest.mark.parametrize("tier", [TIER, None])
@pytest.mark.usefixtures("full_cart")
async def test_a_coupon_that_cannot_be_checked(tier, buyer, world):
    """The buyer sees it, and what the order costs without the coupon."""
    world.promotions.answer, world.promotions.coupon_cents = tier, None
    expected = (5_00, "TIER") if tier else (0, None)
    assert await quote(buyer, "SAVE") == quoted(
        expected[0], "unavailable", "Your coupon can't be checked at the moment.", promotion=expected[1]
    )


@pytest.mark.parametrize("absence", ["none", "unavailable", "not_configured"])
@pytest.mark.usefixtures("full_cart", "save")
async def test_a_tier_that_gives_nothing_does_not_hide_the_coupon(absence, buyer, world):
    world.promotions.absence = DiscountOutcome(absence)
    assert await quote(buyer) == quoted(0, absence, f"promotions: {absence}")
    assert await quote(buyer, "SAVE") == quoted(20_00, "applied", "Coupon SAVE applies.", coupon="SAVE")


@pytest.mark.parametrize(
    ("code", "message"), [(None, "This shop has no promotions."), ("SAVE", "This shop takes no coupons")]
)
@pytest.mark.usefixtures("full_cart")
async def test_a_shop_without_promotions(code, message, buyer, world, monkeypatch):
    absent = Promotions(None)
    for operation in ("discount", "coupon"):
        monkeypatch.setattr(world.promotions, operation, getattr(absent, operation))
    assert await quote(buyer, code) == quoted(0, "not_configured", message)


@pytest.mark.parametrize("code", [None, "SAVE", "WRONG"])
async def test_an_empty_cart(code, buyer, world):
    for _ in range(2):
        response = await buyer.post("/cart/quote", json={"coupon_code": code})
        assert (response.status_code, response.json()["type"]) == (409, "urn:webstore:problem:cart-empty")
        item = (await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})).json()["cart_item_id"]
        await buyer.delete(f"/cart/items/{item}")
    assert world.promotions.asked == []


@pytest.mark.parametrize("code", [None, "SAVE", "WRONG"])
@pytest.mark.usefixtures("full_cart", "save")
async def test_a_quote_changes_nothing(code, shop, buyer, world):
    before = dump(shop.database.engine)
    quotes = await asyncio.gather(*(quote(buyer, code) for _ in range(5)))
    assert quotes == [quotes[0]] * 5
    assert dump(shop.database.engine) == before
    assert (world.promotions.redeemed, world.payments.calls, world.inventory.reserved) == ([], [], set())


@pytest.mark.usefixtures("full_cart", "save")
async def test_more_than_there_is_can_be_quoted(buyer, books):
    """Stock is the checkout's affair."""
    books.set_stock(7, 1)
    assert (await quote(buyer))["subtotal"] == PRICE / 100


@pytest.mark.parametrize(
    "tier", [None, TIER, Discount(20_00, "TIER"), Discount(30_00, "TIER"), Discount(PRICE, "TIER")]
)
@pytest.mark.parametrize("code", [None, "SAVE"])
@pytest.mark.usefixtures("full_cart", "save")
async def test_a_checkout_charges_what_was_quoted(tier, code, buyer, world):
    world.promotions.answer = tier
    promised = await quote(buyer, code)
    paid = (await buyer.post("/checkout", json={"coupon_code": code})).json()
    assert promised["total"] == paid["total_amount"]
    assert promised["discount"] == paid["discount_amount"]
    for field in ("promotion_code", "coupon_code", "discount_outcome"):
        assert promised[field] == paid[field]


@pytest.mark.parametrize("absence", ["none", "unavailable"])
@pytest.mark.parametrize("code", [None, "SAVE", "WRONG"])
@pytest.mark.usefixtures("full_cart", "save")
async def test_a_quote_is_logged_and_counts_as_no_checkout(code, absence, buyer, world, moved, caplog):
    caplog.set_level(logging.INFO)
    world.promotions.absence = DiscountOutcome(absence)
    outcome = (await quote(buyer, code))["discount_outcome"]
    lines = [vars(record) for record in caplog.records if record.name.startswith("webstore")]
    assert [line["event.name"] for line in lines] == ["cart.quoted"]
    fields = {name: lines[0][name] for name in ("user.id", "country", "discount.outcome")}
    assert fields == {"user.id": "user123", "country": "DE", "discount.outcome": outcome}
    assert "order.id" not in lines[0]
    for metric in ("webstore.promotions", "webstore.coupons", "webstore.checkouts"):
        assert moved(metric) == {}
