"""A normal day in the shop: visitors of several countries browse, look, put into carts and sometimes buy."""

from random import Random

from tools.shop_client import ShopClient, new_traceparent

COUNTRIES = {"US": 30, "UK": 15, "DE": 15, "FR": 10, "JP": 10, "BR": 10, "IN": 10}  # weights
DEMO_TOKENS = ["user-token-123", "admin-token-456", "test-token-789"]
LOGIN = {"username": "user123", "password": "password123"}
PAYMENT_METHODS = ["credit_card", "debit_card", "paypal"]
PRODUCTS = range(1, 9)


def purchase(url: str, product_id: int = 7) -> str | None:
    """The id of a trace through every service. None when the card was declined, or when the order was confirmed
    without its goods, as the circuit of the warehouse may be open after an outage."""
    buyer = ShopClient(url)
    trace_id, traceparent = new_traceparent()
    assert buyer.add_to_cart(product_id, traceparent=traceparent).status == 200
    answer = buyer.checkout(traceparent=traceparent)
    reserved = answer.status == 200 and answer.body["fulfilment"] == "reserved"
    return trace_id if reserved else None


def normal_day(url: str, visits: int = 30, seed: int = 1) -> int:
    """The same visits for the same seed. The first three buy, so that a short day has some of each kind.

    Returns how many of them put something into a cart.
    """
    random = Random(seed)  # noqa: S311 - traffic, not cryptography
    additions = [
        visit(url, random, token=sign_in(url), buys=True),
        visit(url, random, token=DEMO_TOKENS[0], buys=True),
        visit(url, random, token=DEMO_TOKENS[1], buys=True, coupon_code="WELCOME10"),
    ]
    for _ in range(visits - len(additions)):
        additions.append(visit(url, random, token=random.choice([None, *DEMO_TOKENS]), buys=random.random() < 0.3))
    return sum(additions)


def visit(url: str, random: Random, token: str | None, buys: bool, **checkout: str) -> bool:
    """A visitor without a token only browses. Returns whether something was put into the cart."""
    visitor = ShopClient(url, token)
    country = random.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
    visitor.call("GET", f"/{country}/products")
    for product in random.sample(PRODUCTS, k=random.randint(1, 3)):
        visitor.call("GET", f"/{country}/products/{product}")
    if not token:
        return False
    item = {"product_id": product, "quantity": random.randint(1, 3), "country": country}
    added = visitor.call("POST", "/cart/add", item)
    visitor.call("GET", "/cart")
    if buys:
        visitor.call("POST", "/checkout", {"payment_method": random.choice(PAYMENT_METHODS), **checkout})
    return added.status == 200


def sign_in(url: str) -> str:
    answer = ShopClient(url, token=None).call("POST", "/auth/login", LOGIN)
    assert answer.status == 200, answer
    return str(answer.body["token"])
