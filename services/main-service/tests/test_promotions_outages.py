"""The shop while promotions-service is down, slow or sends nonsense: a real client and a server on loopback."""

import json
from time import perf_counter

import pytest
from peer import DRIP, DROP, HANG, listening
from series import labels
from webstore.clients import promotions
from webstore.clients.http import LEEWAY
from webstore.clients.promotions import Promotions

CART = {7: 4}
PRICE = 119_96
TIER = {"discount": 3.6, "promotionCode": "SMALL_ORDER_3", "description": "3% off orders over 100 USD"}
COUPON = {"valid": True, "discount": 10, "discountType": "percentage", "message": "Coupon applied: 10% off"}
LISTED = {"code": "SAVE20", "discountType": "percentage", "discountValue": 20, "minAmount": 100, "remainingUses": 5}

#: Bodies with status 200 that promotions-service would not send, whatever it is asked.
NONSENSE = [
    b"",
    b"<html>Welcome to nginx!</html>",
    b"null",
    b"[]",
    b"{}",
    b'"discount"',
    b'{"discount"',
    b"\xff\xfe",
    b"[" * 5000,
]
#: Values of `discount` that are no amount, or none that this order could get.
NO_DISCOUNTS = [
    *("null", "true", '"3.6"', "[3.6]", "{}"),
    *("NaN", "Infinity", "-Infinity", "1e400"),
    *("-0.01", "-5", "119.97", "500", "1e9", "1e300", "1e308", "9" * 400),
]
NO_CODES = ["7", "true", '""', '"' + "X" * 65 + '"', '"NUL\\u0000"', '"line\\nbreak"', '"\\ud800"', '"Ä"']


def with_discount(discount: str, code: str = '"TIER"') -> bytes:
    """A response to both questions, of the tier and of the coupon."""
    return f'{{"discount": {discount}, "promotionCode": {code}, "valid": true, "message": "x"}}'.encode()


@pytest.fixture
async def peer():
    async with listening([200]) as peer:
        yield peer


@pytest.fixture(autouse=True)
async def real_client(peer, world, monkeypatch):
    client = Promotions(peer.url)
    for operation in ("discount", "coupon", "redeem", "coupons"):
        monkeypatch.setattr(world.promotions, operation, getattr(client, operation))
    yield client
    await client.close()


@pytest.fixture
async def full_cart(buyer, books):
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 4})


async def assert_goes_on_without_discount(buyer, world, moved):
    response = await buyer.post("/checkout", json={})
    answer = response.json()
    assert response.status_code == 200, answer
    assert (answer["discount_outcome"], answer["discount_amount"]) == ("unavailable", 0)
    assert (answer["total_amount"], answer["promotion_code"], answer["coupon_code"]) == (PRICE / 100, None, None)
    assert list(world.payments.charged.values()) == [PRICE]
    assert moved("webstore.promotions") == {labels(outcome="unavailable"): 1}


async def assert_coupon_stops_the_checkout(buyer, world, books):
    response = await buyer.post("/checkout", json={"coupon_code": "SAVE20"})
    assert (response.status_code, response.json()["type"]) == (503, "urn:webstore:problem:coupon-unavailable")
    assert response.headers["retry-after"]
    assert (world.payments.calls, books.cart()) == ([], CART)


@pytest.mark.usefixtures("full_cart")
class TestCheckout:
    async def test_a_discount_that_makes_sense(self, buyer, peer):
        peer.body = json.dumps(TIER).encode()
        answer = (await buyer.post("/checkout", json={})).json()
        assert (answer["discount_outcome"], answer["discount_amount"]) == ("applied", 3.6)
        assert answer["promotion_code"] == "SMALL_ORDER_3"

    async def test_a_discount_of_the_whole_amount_leaves_a_cent(self, buyer, peer):
        peer.body = with_discount("119.96")
        answer = (await buyer.post("/checkout", json={})).json()
        assert (answer["discount_outcome"], answer["total_amount"]) == ("applied", 0.01)

    @pytest.mark.parametrize("step", [500, 503, 404, 422, 429, 302, 204, DROP])
    async def test_errors(self, step, buyer, peer, world, moved):
        peer.script = [step]
        await assert_goes_on_without_discount(buyer, world, moved)

    @pytest.mark.parametrize("step", [500, 503, 404, 422, 429, 302, 204, DROP])
    async def test_errors_with_a_coupon(self, step, buyer, peer, world, books):
        peer.script = [step]
        await assert_coupon_stops_the_checkout(buyer, world, books)

    @pytest.mark.parametrize("body", NONSENSE, ids=repr)
    async def test_nonsense(self, body, buyer, peer, world, moved):
        peer.body = body
        await assert_goes_on_without_discount(buyer, world, moved)

    @pytest.mark.parametrize("body", NONSENSE, ids=repr)
    async def test_nonsense_with_a_coupon(self, body, buyer, peer, world, books):
        peer.body = body
        await assert_coupon_stops_the_checkout(buyer, world, books)

    @pytest.mark.parametrize("discount", NO_DISCOUNTS, ids=lambda text: text[:12])
    async def test_discounts_that_are_none(self, discount, buyer, peer, world, moved):
        peer.body = with_discount(discount)
        await assert_goes_on_without_discount(buyer, world, moved)

    @pytest.mark.parametrize("discount", NO_DISCOUNTS, ids=lambda text: text[:12])
    async def test_discounts_that_are_none_with_a_coupon(self, discount, buyer, peer, world, books):
        peer.body = with_discount(discount)
        await assert_coupon_stops_the_checkout(buyer, world, books)

    @pytest.mark.parametrize("code", NO_CODES, ids=lambda text: text[:12])
    async def test_promotion_codes_that_are_none(self, code, buyer, peer, world, moved):
        peer.body = with_discount("1", code)
        await assert_goes_on_without_discount(buyer, world, moved)

    @pytest.mark.parametrize("valid", ["1", '"true"', "null"])
    async def test_a_coupon_is_valid_by_true_only(self, valid, buyer, peer, world, books):
        peer.body = f'{{"discount": 1, "promotionCode": "TIER", "valid": {valid}, "message": "x"}}'.encode()
        await assert_coupon_stops_the_checkout(buyer, world, books)

    async def test_a_redirect_is_not_followed(self, buyer, peer, world, moved):
        peer.script, peer.headers = [302, 200], [f"Location: {peer.url}/elsewhere"]
        peer.body = json.dumps(TIER).encode()
        await assert_goes_on_without_discount(buyer, world, moved)
        assert peer.requests == ["POST /api/promotions/check HTTP/1.1"]

    async def test_a_server_that_is_gone(self, buyer, peer, world, moved, monkeypatch):
        async with listening([200]) as gone:
            pass
        client = Promotions(gone.url)
        monkeypatch.setattr(world.promotions, "discount", client.discount)
        await assert_goes_on_without_discount(buyer, world, moved)
        await client.close()

    async def test_slow(self, buyer, peer, world, moved):
        """3 s for a response of which the buyer waits for at most 2.5 s, retries included."""
        peer.delay, peer.body = 3, json.dumps(TIER).encode()
        start = perf_counter()
        await assert_goes_on_without_discount(buyer, world, moved)
        assert promotions.TIMEOUT * 0.9 < perf_counter() - start < promotions.TIMEOUT + LEEWAY + 2  # a slow machine's

    @pytest.mark.parametrize("step", [HANG, DRIP])
    async def test_slow_with_a_coupon(self, step, buyer, peer, world, books, monkeypatch):
        """Both questions are sent at once, so their waits do not add up."""
        peer.script = [step]
        start = perf_counter()
        await assert_coupon_stops_the_checkout(buyer, world, books)
        assert perf_counter() - start < promotions.TIMEOUT + LEEWAY + 1.4

    async def test_the_same_key_gets_the_same_response(self, buyer, peer):
        """Also when promotions-service is back by then."""
        peer.script = [500]
        first = await buyer.post("/checkout", json={}, headers={"Idempotency-Key": "key"})
        peer.script, peer.body = [200], json.dumps(TIER).encode()
        again = await buyer.post("/checkout", json={}, headers={"Idempotency-Key": "key"})
        assert first.json()["discount_outcome"] == "unavailable"
        assert again.text == first.text


@pytest.mark.usefixtures("full_cart")
class TestQuote:
    @pytest.mark.parametrize("code", [None, "SAVE20"])
    @pytest.mark.parametrize(("step", "body"), [(500, b""), (302, b""), (DROP, b""), (200, b"<html>"), (200, b"{}")])
    async def test_errors_and_nonsense(self, step, body, code, buyer, peer):
        peer.script, peer.body = [step], body
        response = await buyer.post("/cart/quote", json={"coupon_code": code})
        answer = response.json()
        assert response.status_code == 200, answer
        assert (answer["discount_outcome"], answer["discount"]) == ("unavailable", 0)
        assert answer["total"] == PRICE / 100
        assert answer["message"].startswith("Your coupon can't" if code else "Discounts can't")

    async def test_a_coupon(self, buyer, peer):
        peer.body = json.dumps(TIER | COUPON).encode()
        answer = (await buyer.post("/cart/quote", json={"coupon_code": "SAVE20"})).json()
        assert (answer["discount_outcome"], answer["discount"], answer["promotion_code"]) == (
            "applied",
            10,
            "SMALL_ORDER_3",  # both gave as much
        )
        assert sorted(peer.requests) == [
            "POST /api/promotions/check HTTP/1.1",
            "POST /api/promotions/validate-coupon HTTP/1.1",
        ]


class TestCoupons:
    async def test_coupons_are_passed_on(self, client, peer):
        peer.body = json.dumps({"coupons": [LISTED]}).encode()
        assert (await client.get("/coupons")).json() == {"coupons": [LISTED]}

    @pytest.mark.parametrize("step", [500, 503, 404, 302, 204, DROP])
    async def test_errors(self, step, client, peer):
        peer.script = [step]
        await assert_no_coupons(client)

    @pytest.mark.parametrize("body", NONSENSE, ids=repr)
    async def test_nonsense(self, body, client, peer):
        peer.body = body
        await assert_no_coupons(client)

    @pytest.mark.parametrize("coupons", ["null", "7", "{}", '"SAVE20"', "[null]", "[7]", '["SAVE20"]', "[[]]", "[{}]"])
    async def test_lists_that_are_none(self, coupons, client, peer):
        peer.body = f'{{"coupons": {coupons}}}'.encode()
        await assert_no_coupons(client)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("code", code) for code in NO_CODES),
            *((amount, value) for amount in ("discountValue", "minAmount") for value in ("NaN", "1e300", "-1", '"5"')),
            *(("remainingUses", value) for value in ("null", "-1", "1.5", "9" * 30)),
            ("discountType", "null"),
        ],
    )
    async def test_a_coupon_that_makes_no_sense(self, field, value, client, peer):
        fields = {name: json.dumps(known) for name, known in LISTED.items()} | {field: value}
        coupon = ", ".join(f'"{name}": {text}' for name, text in fields.items())
        peer.body = f'{{"coupons": [{{{coupon}}}]}}'.encode()
        await assert_no_coupons(client)


async def assert_no_coupons(client):
    response = await client.get("/coupons")
    assert (response.status_code, response.json()) == (200, {"coupons": []})
