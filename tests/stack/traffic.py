"""A normal day in the shop: visitors of several countries browse, look, put into carts and sometimes buy."""

from random import Random

from tools.shop_client import ShopClient

COUNTRIES = {"US": 30, "UK": 15, "DE": 15, "FR": 10, "JP": 10, "BR": 10, "IN": 10}  # weights
DEMO_TOKENS = ["user-token-123", "admin-token-456", "test-token-789"]
LOGIN = {"username": "user123", "password": "password123"}
PAYMENT_METHODS = ["credit_card", "debit_card", "paypal"]
PRODUCTS = range(1, 9)


def normal_day(url: str, visits: int = 30, seed: int = 1) -> None:
    """The same visits for the same seed. The first two sign in and buy, so that a short day has some of each."""
    random = Random(seed)  # noqa: S311 - traffic, not cryptography
    visit(url, random, token=sign_in(url), buys=True)
    visit(url, random, token=DEMO_TOKENS[0], buys=True)
    for _ in range(visits - 2):
        visit(url, random, token=random.choice([None, *DEMO_TOKENS]), buys=random.random() < 0.3)


def visit(url: str, random: Random, token: str | None, buys: bool) -> None:
    """Who has no token only looks."""
    visitor = ShopClient(url, token)
    country = random.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
    visitor.call("GET", f"/{country}/products")
    for product in random.sample(PRODUCTS, k=random.randint(1, 3)):
        visitor.call("GET", f"/{country}/products/{product}")
    if token:
        buy_or_leave(visitor, random, product, country, buys)


def buy_or_leave(visitor: ShopClient, random: Random, product: int, country: str, buys: bool) -> None:
    visitor.call("POST", "/cart/add", {"product_id": product, "quantity": random.randint(1, 3), "country": country})
    visitor.call("GET", "/cart")
    if buys:
        visitor.checkout(random.choice(PAYMENT_METHODS))


def sign_in(url: str) -> str:
    answer = ShopClient(url, token=None).call("POST", "/auth/login", LOGIN)
    assert answer.status == 200, answer
    return str(answer.body["token"])
