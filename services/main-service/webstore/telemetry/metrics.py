"""The domain's instruments. Every label is bounded: its values are in telemetry.yaml."""

from opentelemetry import metrics

# 0.3 is the latency objective's threshold, so that objective is exact and not interpolated.
SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
# From one mouse to a shopping cart of laptops.
DOLLARS = [10, 25, 50, 100, 200, 500, 1000, 2500, 5000, 10000]

_meter = metrics.get_meter("webstore")


def _seconds(name: str, description: str) -> metrics.Histogram:
    return _meter.create_histogram(name, "s", description, explicit_bucket_boundaries_advisory=SECONDS)


product_views = _meter.create_counter("webstore.products.views", "{view}", "Views of a country's catalogue")
product_detail_views = _meter.create_counter("webstore.products.detail_views", "{view}", "Views of one product")
cart_additions = _meter.create_counter("webstore.cart.additions", "{addition}", "Additions to a cart")
funnel_stage = _meter.create_counter(
    "webstore.funnel.stage", "{event}", "Events by stage: browse_catalog, view_product, add_to_cart, checkout_complete"
)
customer_segment = _meter.create_counter("webstore.customer.segment", "{action}", "Actions by customer segment")
auth_attempts = _meter.create_counter("webstore.auth.attempts", "{attempt}", "Authentications tried")
auth_failures = _meter.create_counter("webstore.auth.failures", "{failure}", "Authentications refused, by reason")

rate_limit_exceeded = _meter.create_counter(
    "webstore.rate_limit.exceeded", "{request}", "Requests refused: the limit of their address (ip) or user"
)
rate_limit_skipped = _meter.create_counter(
    "webstore.rate_limit.skipped", "{check}", "Limits not checked, as Redis is down; the request is let through"
)
suspicious_activity = _meter.create_counter(
    "webstore.security.suspicious_activity", "{detection}", "credential_stuffing, endpoint_scanning or abuse found"
)

checkouts = _meter.create_counter("webstore.checkouts", "{checkout}", "Checkouts by their outcome")
checkout_amount = _meter.create_histogram(
    "webstore.checkout.amount", "USD", "Amounts charged", explicit_bucket_boundaries_advisory=DOLLARS
)
payment_duration = _seconds("webstore.payment.duration", "Calls of payments-service")
inventory_duration = _seconds("webstore.external.inventory.duration", "Calls of inventory-system")
crm_duration = _seconds("webstore.external.crm.duration", "Calls of crm-system")
promotions = _meter.create_counter(
    "webstore.promotions", "{check}", "Discount checks: applied, none, unavailable or not_configured"
)
coupons = _meter.create_counter(
    "webstore.coupons", "{check}", "Coupons at checkout: applied, invalid or unavailable; a smaller one counts as none"
)
reservation_failures = _meter.create_counter(
    "webstore.inventory.reservation_failures", "{failure}", "Reservations refused or not answered"
)
delayed_fulfilment = _meter.create_counter(
    "webstore.orders.delayed_fulfillment", "{order}", "Orders confirmed before their goods were reserved"
)
cancelled_out_of_stock = _meter.create_counter(
    "webstore.orders.cancelled_out_of_stock", "{order}", "Paid orders cancelled and refunded for want of goods"
)
swept = _meter.create_counter("webstore.orders.swept", "{order}", "Orders that the sweeper took up")
outbox_pending = _meter.create_gauge("webstore.outbox.pending", "{message}", "Messages that wait for their delivery")
outbox_deliveries = _meter.create_counter("webstore.outbox.deliveries", "{delivery}", "Deliveries tried, by outcome")

dependency_retries = _meter.create_counter("webstore.dependency.retries", "{retry}", "Requests sent again, by cause")
circuit_breaker_state = _meter.create_gauge(
    "webstore.dependency.circuit_breaker.state", description="1 for the state that the breaker is in, 0 for the others"
)
dependency_rejections = _meter.create_counter(
    "webstore.dependency.rejections", "{call}", "Calls refused before they were sent: circuit_open or pool_exhausted"
)
dependency_active_calls = _meter.create_up_down_counter(
    "webstore.dependency.active_calls", "{call}", "Calls under way, with those that wait for a connection"
)
dependency_call_limit = _meter.create_gauge(
    "webstore.dependency.call_limit", "{call}", "Calls that may be sent at once"
)
