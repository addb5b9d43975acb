"""The domain's instruments. Every label is bounded: its values are in telemetry.yaml."""

from opentelemetry import metrics
from opentelemetry.metrics import Observation

# The same in every service (telemetry.yaml). The latency objective is a boundary, so it is exact and not interpolated.
SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
# The same here and in payments-service (telemetry.yaml). From one mouse to a shopping cart of laptops.
DOLLARS = [10, 25, 50, 100, 200, 500, 1000, 2500, 5000, 10000]

_meter = metrics.get_meter("webstore")


def _seconds(name: str, description: str) -> metrics.Histogram:
    return _meter.create_histogram(name, "s", description, explicit_bucket_boundaries_advisory=SECONDS)


class Level:
    """A gauge that can be taken away again. One that was set once is exported for ever."""

    def __init__(self, name: str, unit: str, description: str):
        self._values: dict[str, Observation] = {}
        _meter.create_observable_gauge(name, [lambda _: [*self._values.values()]], unit, description)

    def set(self, value: float, labels: dict[str, str] | None = None) -> None:
        self._values[str(labels)] = Observation(value, labels)

    def clear(self) -> None:
        self._values.clear()


product_views = _meter.create_counter("webstore.products.views", "{view}", "Views of a country's catalogue")
product_detail_views = _meter.create_counter("webstore.products.detail_views", "{view}", "Views of one product")
cart_additions = _meter.create_counter("webstore.cart.additions", "{addition}", "Additions to a cart")
funnel_stage = _meter.create_counter(
    "webstore.funnel.stage", "{event}", "Events by stage: browse_catalog, view_product, add_to_cart, checkout_complete"
)
customer_segment = _meter.create_counter("webstore.customer.segment", "{action}", "Actions by customer segment")
auth_attempts = _meter.create_counter("webstore.auth.attempts", "{attempt}", "Authentications tried")
auth_failures = _meter.create_counter("webstore.auth.failures", "{failure}", "Authentications refused, by reason")
auth_logouts = _meter.create_counter("webstore.auth.logouts", "{logout}", "Logouts")

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
    "webstore.promotions", "{check}", "Discount checks at checkout: applied, none, unavailable or not_configured"
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
unsettled_orders = Level(
    "webstore.orders.unsettled", "{order}", "Orders half-way for so long that the sweeper should have settled them"
)
swept = _meter.create_counter("webstore.orders.swept", "{order}", "Orders that the sweeper took up")
outbox_pending = Level("webstore.outbox.pending", "{message}", "Messages that wait for their delivery")
outbox_dead = Level("webstore.outbox.dead", "{message}", "Messages given up, with the reason kept")
outbox_oldest_age = Level(
    "webstore.outbox.oldest_age", "s", "Age of the oldest message that waits for its delivery, 0 without any"
)
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
active_users = Level("webstore.users.active", "{user}", "Distinct signed-in users of the last 15 minutes")
active_carts = Level("webstore.active_carts", "{cart}", "Carts in which a product was put within the last hour")
event_loop_lag = _seconds("webstore.event_loop.lag", "How much later than asked the event loop wakes a task")
worker_threads_active = _meter.create_gauge("webstore.worker_threads.active", "{thread}", "Worker threads at work")
worker_threads_limit = _meter.create_gauge("webstore.worker_threads.limit", "{thread}", "Worker threads that may work")
worker_threads_waiting = _meter.create_gauge(
    "webstore.worker_threads.waiting", "{call}", "Calls that wait for a worker thread"
)
# Names and descriptions of the semantic conventions, which the instrumentation of SQLAlchemy does not have yet. Npgsql
# has them, and a metric has one description in Prometheus.
database_connections = _meter.create_gauge(
    "db.client.connection.count",
    "{connection}",
    "The number of connections that are currently in state described by the state attribute.",
)
database_connections_max = _meter.create_gauge(
    "db.client.connection.max", "{connection}", "The maximum number of open connections allowed."
)
# The names of the Collector's own Redis receiver.
redis_memory_used = Level("redis.memory.used", "By", "Memory that Redis has allocated")
redis_memory_limit = Level("redis.memory.limit", "By", "Memory that Redis may use; 0 is no limit")
redis_clients = Level("redis.clients.connected", "{client}", "Connections to Redis")
