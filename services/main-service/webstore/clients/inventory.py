"""inventory-system: reserves an order's goods in a warehouse and gives them back."""

from time import perf_counter
from typing import Any

import httpx

from webstore.clients.http import JsonClient
from webstore.domain.fulfilment import Reservation, SoldOut, Unanswered
from webstore.models import Order, OrderLine
from webstore.telemetry import metrics

# Several times what the warehouse usually takes. The buyer does not wait longer: the order can be reserved later.
TIMEOUT = 3.0  # seconds
# At the warehouse's usual latency, 200 reservations a second.
CONNECTIONS = 50


class Inventory:
    """Every call names the order and its product, so it may be repeated."""

    def __init__(self, base_url: str):
        self._client = JsonClient("inventory-system", base_url, timeout=TIMEOUT, connections=CONNECTIONS)
        self.close = self._client.close

    async def reserve(self, order: Order, line: OrderLine) -> Reservation | SoldOut | Unanswered:
        body = {
            "order_id": order.reference,
            "product_id": line.product_id,
            "quantity": line.quantity,
            "country": order.country,
        }
        response = await self._post("reserve", order.country, body)
        if response is None or response.status_code not in (200, 409):
            return Unanswered()
        if response.status_code == 409:
            return SoldOut()
        answer = response.json()
        return Reservation(answer["reservation_id"], answer["fulfillment_days"])

    async def release(self, order: Order, line: OrderLine) -> bool:
        """Give a reservation back, if there is one. False when it is not known to be given back."""
        body = {"order_id": order.reference, "product_id": line.product_id}
        response = await self._post("release", order.country, body)
        return response is not None and response.status_code == 200

    async def _post(self, operation: str, country: str, body: dict[str, Any]) -> httpx.Response | None:
        start = perf_counter()
        try:
            response = await self._client.post(f"/api/inventory/{operation}", body, repeatable=True)
        except httpx.TransportError:
            response = None
        status = "success" if response is not None and response.status_code < 500 else "error"
        labels = {"operation": operation, "status": status, "country": country}
        metrics.inventory_duration.record(perf_counter() - start, labels)
        return response
