"""What the shop refuses, and why. http/problems.py says with which status."""


class ShopError(Exception):
    """The message is for the client."""


class NotFound(ShopError):
    """There is no such product, cart line or order."""


class CartEmpty(ShopError):
    """Nothing to check out."""


class CartLineFull(ShopError):
    """More pieces of one product than a cart may hold."""


class SoldOut(ShopError):
    """Fewer pieces than ordered."""


class KeyReused(ShopError):
    """An Idempotency-Key came with another request before."""


class NotAuthenticated(ShopError):
    """No credentials, or wrong ones. `reason` is a label of webstore.auth.failures."""

    def __init__(self, message: str, reason: str):
        super().__init__(message)
        self.reason = reason


class Unavailable(ShopError):
    """Something that the request needs is down; it may be sent again."""


class CheckoutError(ShopError):
    """A checkout that did not end in a confirmed order."""

    def __init__(self, message: str, order_id: int):
        super().__init__(message)
        self.order_id = order_id


class PaymentDeclined(CheckoutError):
    """The card was declined; nothing was charged and the cart is as before."""


class CheckoutFailed(CheckoutError):
    """Payment was not possible; nothing was charged and the cart is as before."""


class CouponNotValid(CheckoutError):
    """The coupon does not hold for this order; nothing was charged and the cart is as before."""


class CouponUnavailable(CheckoutError):
    """Nobody could say what the coupon is worth; nothing was charged and the cart is as before."""


class CheckoutPending(CheckoutError):
    """It is not known yet whether the card was charged; the order will be settled without the client."""


class OrderCancelled(CheckoutError):
    """The goods turned out to be sold out; the charge was taken back."""
