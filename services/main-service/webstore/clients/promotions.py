"""promotions-service: discounts and coupons. The shop works without it; an order then gets no discount."""

import re
from typing import Annotated, Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from pydantic.alias_generators import to_camel

from webstore.clients.http import JsonClient
from webstore.domain.money import to_amount, to_cents
from webstore.domain.outbox import DeliveryFailed, DeliveryRefused
from webstore.domain.promotion import Coupon, Discount, NoDiscount, Purchase
from webstore.models import DiscountOutcome

# Longer than its slow responses take; a discount is not worth more of the buyer's time.
TIMEOUT = 2.0  # seconds
CONNECTIONS = 20
MAX_REASON = 200  # characters of a reason why a coupon is not valid that are passed on
TRY_AGAIN = (408, 425, 429)  # rejections of the moment; the other 4xx are final
PROBLEM = re.compile(r"urn:webstore:problem:([a-z-]{1,64})")

NOT_CONFIGURED = NoDiscount(DiscountOutcome.NOT_CONFIGURED, "This shop has no promotions.")
UNAVAILABLE = NoDiscount(DiscountOutcome.UNAVAILABLE, "Discounts can't be checked at the moment.")
NO_TIER = NoDiscount(DiscountOutcome.NONE, "No promotion applies to this amount.")
COUPONS_NOT_CONFIGURED = NoDiscount(DiscountOutcome.NOT_CONFIGURED, "This shop takes no coupons")
COUPON_UNAVAILABLE = NoDiscount(DiscountOutcome.UNAVAILABLE, "Your coupon can't be checked at the moment.")


class _Response(BaseModel):
    """Strict: "12.5" and true are no amounts. What else promotions-service sends is not read."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)


#: US dollars or per cent. The bound keeps what the shop calculates with it in the range of exact numbers.
Amount = Annotated[FiniteFloat, Field(ge=0, le=1e9)]
#: Visible ASCII, which every database can store.
Code = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]


class TierResponse(_Response):
    discount: Amount
    promotion_code: Code | None


class CouponResponse(_Response):
    valid: bool
    discount: Amount
    message: str


class ListedCoupon(_Response):
    code: Code
    discount_type: Annotated[str, Field(max_length=64)]
    discount_value: Amount
    min_amount: Amount
    remaining_uses: Annotated[int, Field(ge=0, le=2**31 - 1)]


class CouponsResponse(_Response):
    coupons: list[ListedCoupon]


class RedeemResponse(_Response):
    coupon_code: str
    order_id: str


class ProblemResponse(_Response):
    type: str


R = TypeVar("R", bound=_Response)


class NoSense(Exception):
    """A response that promotions-service would not send: a proxy's page, or a defect."""


#: A coupon must not be lost, nor an order fail, for any of them.
NO_RESPONSE = (httpx.HTTPError, NoSense)


class Promotions:
    def __init__(self, base_url: str | None):
        """Without an address there is no such service."""
        self._client = _client(base_url) if base_url else None

    async def discount(self, purchase: Purchase) -> Discount | NoDiscount:
        if self._client is None:
            return NOT_CONFIGURED
        body = {
            "userId": purchase.user_id,
            "country": purchase.country,
            "amount": to_amount(purchase.subtotal_cents),
        }
        try:
            response = await self._client.post("/api/promotions/check", body, repeatable=True)
            tier = _read(response, TierResponse)
            cents = _cents(tier.discount, purchase)
        except NO_RESPONSE:
            return UNAVAILABLE
        return Discount(cents, promotion_code=tier.promotion_code) if cents else NO_TIER

    async def coupon(self, purchase: Purchase, code: str) -> Discount | NoDiscount:
        """What the coupon is worth to the purchase; it is used up by `redeem` only."""
        if self._client is None:
            return COUPONS_NOT_CONFIGURED
        body = {"couponCode": code, "userId": purchase.user_id, "amount": to_amount(purchase.subtotal_cents)}
        try:
            response = await self._client.post("/api/promotions/validate-coupon", body, repeatable=True)
            coupon = _read(response, CouponResponse)
            cents = _cents(coupon.discount, purchase)
        except NO_RESPONSE:
            return COUPON_UNAVAILABLE
        if not coupon.valid:
            return NoDiscount(DiscountOutcome.INVALID, coupon.message[:MAX_REASON])
        return Discount(cents, coupon_code=code)

    async def redeem(self, message: dict[str, Any]) -> None:
        """Use up the coupon of a confirmed order, or find that it was. Raises DeliveryFailed, DeliveryRefused."""
        if self._client is None:
            raise DeliveryFailed("not_configured")
        coupon_code, order_id = message["coupon_code"], message["order_id"]
        body = {"couponCode": coupon_code, "userId": message["user_id"], "orderId": order_id}
        try:
            response = await self._client.post(
                "/api/promotions/redeem-coupon", body, repeatable=True, idempotency_key=order_id
            )
        except httpx.TransportError as error:
            raise DeliveryFailed(type(error).__name__) from error
        if response.is_client_error and response.status_code not in TRY_AGAIN:
            raise DeliveryRefused(_rejection(response))
        if not response.is_success:
            raise DeliveryFailed(f"status {response.status_code}")
        if not _confirms(response, coupon_code, order_id):
            raise DeliveryFailed("unreadable response")

    async def coupons(self) -> list[Coupon]:
        """The coupons that can be used now: none while promotions-service is unavailable."""
        if self._client is None:
            return []
        try:
            response = _read(await self._client.get("/api/promotions/coupons"), CouponsResponse)
        except NO_RESPONSE:
            return []
        return [Coupon(**coupon.model_dump()) for coupon in response.coupons]

    async def close(self) -> None:
        if self._client:
            await self._client.close()


def _client(base_url: str) -> JsonClient:
    return JsonClient("promotions-service", base_url, timeout=TIMEOUT, connections=CONNECTIONS)


def _read(response: httpx.Response, model: type[R]) -> R:
    """Raises httpx.HTTPStatusError, also for a redirect, and NoSense."""
    try:
        return model.model_validate_json(response.raise_for_status().content)
    except ValidationError as error:
        raise NoSense from error


def _cents(discount: float, purchase: Purchase) -> int:
    """Raises NoSense for a discount above the amount, which promotions-service never gives."""
    cents = to_cents(discount)
    if cents > purchase.subtotal_cents:
        raise NoSense
    return cents


def _confirms(response: httpx.Response, coupon_code: str, order_id: str) -> bool:
    """Whether it says that this order has used this coupon: a 200 can also be a proxy's."""
    try:
        redeemed = _read(response, RedeemResponse)
    except NoSense:
        return False
    return (redeemed.coupon_code, redeemed.order_id) == (coupon_code, order_id)


def _rejection(response: httpx.Response) -> str:
    """Status and problem, such as `status 409 coupon-exhausted`: the reason that an operator finds."""
    status = f"status {response.status_code}"
    try:
        problem = PROBLEM.fullmatch(ProblemResponse.model_validate_json(response.content).type)
    except ValidationError:
        return status
    return f"{status} {problem[1]}" if problem else status
