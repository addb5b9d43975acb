"""promotions-service: discounts and coupons. The shop works without it; an order then gets no discount."""

import logging
from typing import Any

import httpx

from webstore.clients.http import JsonClient
from webstore.domain.money import to_amount, to_cents
from webstore.domain.promotion import Discount
from webstore.models import Order
from webstore.telemetry import metrics

log = logging.getLogger(__name__)

# It takes up to 0.25 s, rarely 1.7 s; a discount is not worth more of the buyer's time.
TIMEOUT = 2.0  # seconds
CONNECTIONS = 20


class Promotions:
    def __init__(self, base_url: str | None):
        """Without an address there is no such service."""
        self._client = _client(base_url) if base_url else None

    async def discount(self, order: Order) -> Discount | None:
        if self._client is None:
            _report_absence(order, "not_configured")
            return None
        body = {"user_id": order.user_id, "country": order.country, "amount": to_amount(order.subtotal_cents)}
        try:
            response = await self._client.post("/api/promotions/check", body, repeatable=True)
            response.raise_for_status()
        except httpx.HTTPError:
            _report_absence(order, "unavailable")
            return None
        return _read(response.json())

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


def _read(answer: dict[str, Any]) -> Discount | None:
    cents = to_cents(answer["discount"])
    metrics.promotions.add(1, {"outcome": "applied" if cents else "none"})
    return Discount(cents, answer.get("promotionCode") or "") if cents else None
