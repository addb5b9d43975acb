"""crm-system: is told of each confirmed order."""

from time import perf_counter
from typing import Any

import httpx

from webstore.clients.circuit import CircuitOpen
from webstore.clients.http import JsonClient
from webstore.domain.outbox import DeliveryFailed
from webstore.telemetry import metrics

# Nobody waits for it; a delivery that is given up is made again by the outbox, and by nobody else.
TIMEOUT = 3.0  # seconds
CONNECTIONS = 10
ATTEMPTS = 1


class Crm:
    def __init__(self, base_url: str):
        self._client = JsonClient("crm-system", base_url, timeout=TIMEOUT, connections=CONNECTIONS, attempts=ATTEMPTS)
        self.close = self._client.close

    async def record_order(self, order: dict[str, Any]) -> None:
        """Raises DeliveryFailed. What comes twice counts once: the key is the order's reference."""
        start = perf_counter()
        error = await self._deliver(order)
        labels = {"status": "error" if error else "success", "country": order["country"]}
        metrics.crm_duration.record(perf_counter() - start, labels)
        if error:
            raise DeliveryFailed(error)

    async def _deliver(self, order: dict[str, Any]) -> str | None:
        try:
            response = await self._client.post(
                "/api/customer/order", order, repeatable=True, idempotency_key=order["order_id"]
            )
        except CircuitOpen:
            return "circuit open"
        except httpx.TransportError as error:
            return type(error).__name__
        return None if response.is_success else f"status {response.status_code}"
