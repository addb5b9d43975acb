"""promotions-service: discounts and coupons. The shop works without it; an order then gets no discount."""

import logging
from typing import Any

import httpx
from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from webstore.clients.http import JsonClient
from webstore.domain.money import to_amount, to_cents
from webstore.domain.outbox import DeliveryFailed, DeliveryRefused
from webstore.domain.promotion import CouponRefused, CouponUnknown, Discount
from webstore.models import Order
from webstore.telemetry import metrics

log = logging.getLogger(__name__)

# Longer than its slow responses take; a discount is not worth more of the buyer's time.
TIMEOUT = 2.0  # seconds
CONNECTIONS = 20
MAX_REASON = 200  # characters of a coupon's refusal that are passed on
TRY_AGAIN = (408, 425, 429)  # refusals of the moment; the other 4xx are final

#: Also an answer that makes no sense: a coupon must not be lost, nor an order fail, for what a proxy says.
NO_ANSWER = (httpx.HTTPError, ValidationError)


class TierAnswer(BaseModel):
    discount: FiniteFloat
    promotion_code: str | None = Field(alias="promotionCode", max_length=64)


class CouponAnswer(BaseModel):
    valid: bool
    discount: FiniteFloat
    message: str


class Promotions:
    def __init__(self, base_url: str | None):
        """Without an address there is no such service."""
        self._client = _client(base_url) if base_url else None

    async def discount(self, order: Order) -> Discount | None:
        if self._client is None:
            _report_absence(order, "not_configured")
            return None
        body = {"userId": order.user_id, "country": order.country, "amount": to_amount(order.subtotal_cents)}
        try:
            response = await self._client.post("/api/promotions/check", body, repeatable=True)
            answer = TierAnswer.model_validate_json(response.raise_for_status().content)
        except NO_ANSWER:
            _report_absence(order, "unavailable")
            return None
        return _read(answer)

    async def coupon(self, order: Order, code: str) -> Discount | CouponRefused:
        """What the coupon is worth to the order; it is used up by `redeem` only. Raises CouponUnknown."""
        if self._client is None:
            return CouponRefused("This shop takes no coupons")
        body = {"couponCode": code, "userId": order.user_id, "amount": to_amount(order.subtotal_cents)}
        try:
            response = await self._client.post("/api/promotions/validate-coupon", body, repeatable=True)
            answer = CouponAnswer.model_validate_json(response.raise_for_status().content)
        except NO_ANSWER as error:
            raise CouponUnknown(type(error).__name__) from error
        if not answer.valid:
            return CouponRefused(answer.message[:MAX_REASON])
        return Discount(to_cents(answer.discount), coupon_code=code)

    async def redeem(self, message: dict[str, Any]) -> None:
        """Use up the coupon of a confirmed order. Raises DeliveryFailed, DeliveryRefused."""
        if self._client is None:
            raise DeliveryFailed("not_configured")
        body = {"couponCode": message["coupon_code"], "userId": message["user_id"], "orderId": message["order_id"]}
        try:
            response = await self._client.post(
                "/api/promotions/redeem-coupon", body, repeatable=True, idempotency_key=message["order_id"]
            )
        except httpx.TransportError as error:
            raise DeliveryFailed(type(error).__name__) from error
        if response.is_client_error and response.status_code not in TRY_AGAIN:
            raise DeliveryRefused(f"status {response.status_code}")
        if not response.is_success:
            raise DeliveryFailed(f"status {response.status_code}")

    async def coupons(self) -> list[dict[str, Any]]:
        """The coupons that can be used now: none while there is nobody to ask."""
        if self._client is None:
            return []
        try:
            response = await self._client.get("/api/promotions/coupons")
            response.raise_for_status()
        except httpx.HTTPError:
            return []
        return list(response.json()["coupons"])

    async def close(self) -> None:
        if self._client:
            await self._client.close()


def _client(base_url: str) -> JsonClient:
    return JsonClient("promotions-service", base_url, timeout=TIMEOUT, connections=CONNECTIONS)


def _report_absence(order: Order, outcome: str) -> None:
    metrics.promotions.add(1, {"outcome": outcome})
    extra = {"event.name": f"promotions.{outcome}", "order.id": order.id}
    log.info("No discount, because there is no promotions-service to ask", extra=extra)


def _read(answer: TierAnswer) -> Discount | None:
    cents = to_cents(answer.discount)
    metrics.promotions.add(1, {"outcome": "applied" if cents else "none"})
    return Discount(cents, promotion_code=answer.promotion_code) if cents else None
