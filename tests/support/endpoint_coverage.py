"""Every endpoint of the shop and of the third parties that a normal day does not use: each once."""

from secrets import token_hex

from tests.support import traffic
from tests.support.polling import eventually
from tests.support.stack import PAYMENTS_URL, PROMOTIONS_URL, SHOP_URL, Stack
from tools.shop_client import Answer, ShopClient

INVENTORY = ShopClient("http://127.0.0.1:3003", token=None)
CRM = ShopClient("http://127.0.0.1:3002", token=None)
PAYMENTS = ShopClient(PAYMENTS_URL, token=None)
PROMOTIONS = ShopClient(PROMOTIONS_URL, token=None)
#: payment-provider is not published, so it is asked from within.
ASK_PROVIDER = """
  const ask = (path) => fetch('http://127.0.0.1:3001' + path);
  Promise.all([ask('/nowhere'), ask('/admin/behaviour')]).then(() => process.exit(0));
"""
CHARGE = {
    "order_id": "0",
    "user_id": "user123",
    "amount": 1,
    "currency": "USD",
    "country": "CA",
    "payment_method": "paypal",
}
ALERT = {
    "fingerprint": "a-coverage-of-the-stack",
    "labels": {"alertname": "EndpointCoverage", "severity": "info", "team": "platform"},
    "annotations": {"summary": "A test opens this case and closes it."},
}


def cover_endpoints(stack: Stack) -> None:
    _main_service()
    _payments_service()
    _promotions_service()
    _inventory_system()
    _crm_system()
    stack.run("docker", "compose", "exec", "-T", "payment-provider", "node", "-e", ASK_PROVIDER)
    stack.run("make", "reconcile", check=False)  # other tests may have left a difference
    # Each says that it stops, and that it has started.
    services = ("payments-service", "promotions-service", "payment-provider", "inventory-system", "crm-system")
    stack.run("docker", "compose", "restart", *services)
    stack.run("docker", "compose", "up", "-d", "--wait", *services)


def _main_service() -> None:
    buyer = ShopClient(SHOP_URL)
    item = buyer.add_to_cart(7).body["cart_item_id"]
    buyer.call("PATCH", f"/cart/items/{item}", {"quantity": 2})
    buyer.call("DELETE", f"/cart/items/{item}")
    buyer.add_to_cart(7)
    buyer.call("POST", "/cart/merge", {"items": [{"product_id": 7, "quantity": 1}]}, idempotency_key=token_hex(8))
    buyer.call("POST", "/cart/quote", {})
    buyer.call("POST", "/orders/checkout", {"payment_method": "paypal"})
    eventually(lambda: _buy_with_coupon(buyer).status == 200, "an order with a coupon", 30)  # a card may be declined
    newest = buyer.call("GET", "/orders").body["orders"][0]["id"]
    for path in (f"/orders/{newest}", "/coupons", "/ready", "/nowhere"):
        buyer.call("GET", path)
    ShopClient(SHOP_URL, traffic.sign_in(SHOP_URL)).call("POST", "/auth/logout")


def _buy_with_coupon(buyer: ShopClient) -> Answer:
    """One that is worth more than the tier, so that it is redeemed."""
    buyer.add_to_cart(1)
    return buyer.checkout(coupon_code="SAVE20")


def _payments_service() -> None:
    key = f"coverage-{token_hex(4)}"
    for method, path, body in (
        ("GET", "/nowhere", None),
        ("GET", "/openapi.json", None),
        ("GET", f"/api/payments/{key}", None),
        ("POST", "/api/payments/process", CHARGE),
        ("POST", f"/api/payments/{key}/void", None),
        ("GET", f"/api/payments/{key}", None),
        ("POST", "/api/payments/process", CHARGE),  # of a key that is voided
    ):
        PAYMENTS.call(method, path, body, idempotency_key=key)
    _go_away_early()


def _go_away_early() -> None:
    """The caller of a payment hangs up before the provider has answered, which takes it at least 0.1 s."""
    impatient = ShopClient(PAYMENTS_URL, token=None, timeout=0.05)
    key = f"coverage-{token_hex(4)}"
    try:
        impatient.call("POST", "/api/payments/process", CHARGE, idempotency_key=key)
    except OSError:
        PAYMENTS.call("POST", f"/api/payments/{key}/void")


def _promotions_service() -> None:
    for path in ("/api/promotions/redemptions", "/openapi.json", "/nowhere"):
        PROMOTIONS.call("GET", path)


def _inventory_system() -> None:
    line = {"order_id": f"coverage-{token_hex(4)}", "product_id": 1}
    wanted = {**line, "quantity": 1, "country": "US"}
    INVENTORY.call("POST", "/api/inventory/check", {"product_id": 1, "quantity": 1, "country": "US"})
    for path, body in (("reserve", wanted), ("release", line), ("reserve", wanted)):  # the last comes too late
        INVENTORY.call("POST", f"/api/inventory/{path}", body)
    for path in ("/api/inventory/warehouses", "/admin/behaviour", "/nowhere"):
        INVENTORY.call("GET", path)


def _crm_system() -> None:
    update = {"user_id": "user123", "data": {}}
    # It refuses one call in twelve, at random.
    eventually(lambda: CRM.call("POST", "/api/customer/update", update).status == 200, "a customer's update", 30)
    for status in ("firing", "resolved", "firing", "resolved"):
        CRM.call("POST", "/api/cases", {"version": "4", "alerts": [{"status": status, **ALERT}]})
    for path in ("/api/cases", "/admin/behaviour", "/nowhere"):
        CRM.call("GET", path)
