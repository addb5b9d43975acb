"""payments-service: charges an order, tells what became of the charge, and takes it back."""

from collections.abc import Awaitable
from time import perf_counter

import httpx

from webstore.clients.http import NOT_SENT, JsonClient
from webstore.domain.money import to_amount
from webstore.domain.payment import Outcome, Payment, PaymentUnknown
from webstore.models import Order
from webstore.telemetry import metrics

# Longer than payments-service waits for the provider, so a response that takes longer will not come.
TIMEOUT = 6.0  # seconds
# At the provider's usual latency, 100 orders a second.
CONNECTIONS = 40

#: No attempt can have reached the provider.
PROVIDER_UNREACHABLE = "urn:webstore:problem:provider-unreachable"

OUTCOME_OF_STATUS = {
    "success": Outcome.CHARGED,
    "declined": Outcome.DECLINED,
    "refunded": Outcome.VOIDED,
    "voided": Outcome.VOIDED,
}


class Payments:
    """Every call names the charge by its order, so it may be repeated without charging again."""

    def __init__(self, base_url: str):
        self._client = JsonClient(
            "payments-service", base_url, timeout=TIMEOUT, connections=CONNECTIONS, is_gateway=True
        )
        self.close = self._client.close

    async def charge(self, order: Order) -> Payment:
        """Charge the order's total. Raises PaymentUnknown."""
        start = perf_counter()
        try:
            return await self._charge(order)
        finally:
            labels = {"country": order.country, "payment_method": order.payment_method}
            metrics.payment_duration.record(perf_counter() - start, labels)

    async def _charge(self, order: Order) -> Payment:
        body = {
            "order_id": str(order.id),
            "user_id": order.user_id,
            "amount": to_amount(order.total_cents),
            "currency": "USD",
            "country": order.country,
            "payment_method": order.payment_method,
        }
        try:
            # Not repeatable: what became of it is asked (find) before anything is sent again.
            response = await self._client.post(
                "/api/payments/process", body, repeatable=False, idempotency_key=order.reference
            )
        except NOT_SENT:
            return Payment(Outcome.NOT_CHARGED, reason="payment_unavailable")
        except httpx.TransportError as error:
            raise PaymentUnknown(type(error).__name__) from error
        return _read_charge(response)

    async def find(self, order: Order) -> Payment:
        """What became of the order's charge. Raises PaymentUnknown."""
        response = await _answer(self._client.get("/api/payments/{key}", key=order.reference))
        return Payment(Outcome.NOT_CHARGED) if response.status_code == 404 else _read_record(response)

    async def void(self, order: Order) -> Payment:
        """Make sure that nothing is charged for the order, now or later. Raises PaymentUnknown."""
        void = self._client.post("/api/payments/{key}/void", repeatable=True, key=order.reference)
        return _read_record(await _answer(void))


async def _answer(call: Awaitable[httpx.Response]) -> httpx.Response:
    try:
        return await call
    except httpx.TransportError as error:
        raise PaymentUnknown(type(error).__name__) from error


def _read_charge(response: httpx.Response) -> Payment:
    match response.status_code:
        case 200:
            return Payment(Outcome.CHARGED, transaction_id=response.json()["transaction_id"])
        case 402:
            return Payment(Outcome.DECLINED, reason=response.json().get("reason"))
        case 409:
            return Payment(Outcome.VOIDED)
        case status if status < 500:
            return Payment(Outcome.REFUSED, reason=f"payment_refused_{status}")
        case 503 if _problem_type(response) == PROVIDER_UNREACHABLE:
            return Payment(Outcome.NOT_CHARGED, reason="payment_unavailable")
        case status:
            raise PaymentUnknown(f"status {status}")


def _problem_type(response: httpx.Response) -> str | None:
    is_problem = response.headers.get("content-type") == "application/problem+json"
    return response.json().get("type") if is_problem else None


def _read_record(response: httpx.Response) -> Payment:
    if response.status_code != 200:
        raise PaymentUnknown(f"status {response.status_code}")
    record = response.json()
    return Payment(OUTCOME_OF_STATUS[record["status"]], transaction_id=record.get("transaction_id"))
