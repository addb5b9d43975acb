"""What a checkout says of itself, in metrics and log lines."""

import logging
from typing import Any

from webstore.domain.payment import PaymentUnknown
from webstore.models import DiscountOutcome, Fulfilment, Order, OrderLine, OrderStatus
from webstore.telemetry import metrics

log = logging.getLogger(__name__)

# Values of the `status` label of webstore.checkouts.
CHECKOUT_STATUS = {
    OrderStatus.CONFIRMED: "completed",
    OrderStatus.DECLINED: "declined",
    OrderStatus.FAILED: "failed",
    OrderStatus.CANCELLED: "cancelled",
}


def ended(order: Order) -> None:
    labels = {"country": order.country, "payment_method": order.payment_method}
    metrics.checkouts.add(1, {**labels, "status": CHECKOUT_STATUS[order.status]})
    if order.status is OrderStatus.CONFIRMED:
        metrics.checkout_amount.record(order.total_cents / 100, labels)
    if order.fulfilment is Fulfilment.DELAYED:
        metrics.delayed_fulfilment.add(1, {"country": order.country})
    if order.status is OrderStatus.CANCELLED:
        metrics.cancelled_out_of_stock.add(1, {"country": order.country})
    level = logging.WARNING if order.status in (OrderStatus.FAILED, OrderStatus.CANCELLED) else logging.INFO
    log.log(level, "Order %s", order.status, extra={"event.name": f"order.{order.status}", **_attributes(order)})


def promotion(order: Order, outcome: DiscountOutcome) -> None:
    metrics.promotions.add(1, {"outcome": str(outcome)})
    if outcome in (DiscountOutcome.UNAVAILABLE, DiscountOutcome.NOT_CONFIGURED):
        extra = {"event.name": f"promotions.{outcome}", "order.id": order.id}
        log.info("Discount not checked: promotions-service is %s", outcome.replace("_", " "), extra=extra)


def coupon(order: Order, outcome: DiscountOutcome) -> None:
    metrics.coupons.add(1, {"outcome": str(outcome)})
    log.info("Coupon %s", outcome, extra={"event.name": f"coupon.{outcome}", **_attributes(order)})


def payment_unknown(order: Order, error: PaymentUnknown) -> None:
    extra = {"event.name": "payment.unknown", "error.type": str(error), **_attributes(order)}
    log.warning("The payment's result is not known, asking for it", extra=extra)


def not_reserved(order: Order, line: OrderLine) -> None:
    metrics.reservation_failures.add(1, {"country": order.country, "product_id": str(line.product_id)})
    extra = {"event.name": "inventory.not_reserved", "product.id": line.product_id, **_attributes(order)}
    log.warning("Goods could not be reserved", extra=extra)


def _attributes(order: Order) -> dict[str, Any]:
    attributes = {
        "order.id": order.id,
        "order.status_reason": order.status_reason,
        "order.amount": order.total_cents / 100,
        "order.lines": len(order.lines),
        "user.id": order.user_id,
        "country": order.country,
        "payment.method": order.payment_method,
        "payment.transaction_id": order.payment_transaction_id,
    }
    return {name: value for name, value in attributes.items() if value is not None}
