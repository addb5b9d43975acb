"""Optimistic inventory: the shop sells before the warehouse has reserved; here is what that costs."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql, variables
from .board import Panels, board
from .panels import heat, latest, logs, number, query, ranking, rows, time_series, traces
from .variables import BY_COUNTRY

FAILURES = "webstore_inventory_reservation_failures_total"
DELAYED = "webstore_orders_delayed_fulfillment_total"
CANCELLED = "webstore_orders_cancelled_out_of_stock_total"
DURATION = "webstore_external_inventory_duration_seconds"
PAID = f'status=~"completed|cancelled", {BY_COUNTRY}'


def share_of_paid_orders(counter: str) -> str:
    """By country, over the sliding window of a rate."""
    orders = promql.rate("webstore_checkouts_total", PAID, "country")
    return promql.ratio(promql.rate(counter, BY_COUNTRY, "country"), orders)


def consequences() -> Panels:
    totals = {
        "Reservation failures": (
            FAILURES,
            "Reservations that were refused or not answered, in the chosen range.",
            "inventory_outage",
        ),
        "Delayed orders": (
            DELAYED,
            "Orders confirmed before their goods were reserved, in the chosen range.",
            "inventory_outage",
        ),
        "Cancelled orders": (
            CANCELLED,
            "Paid orders cancelled and refunded for want of goods, in the chosen range.",
            "sold_out",
        ),
    }
    ratios = {
        "Reservation failures per order": (
            FAILURES,
            "Failures for each paid order; an order has one for each product.",
            "inventory_outage",
        ),
        "Delayed share of orders": (
            DELAYED,
            "Paid orders whose goods could not be reserved at once: the customer waits.",
            "inventory_outage",
        ),
        "Cancelled share of orders": (
            CANCELLED,
            "Paid orders that we could not keep: the customer got a refund.",
            "sold_out",
        ),
    }
    return [
        *(
            number(
                title,
                description,
                "short",
                latest(promql.count(counter, BY_COUNTRY)),
                span=8,
                steps=("green", (1, "orange")),
                empty="0",
                shown_by=fault,
            )
            for title, (counter, description, fault) in totals.items()
        ),
        *(
            time_series(
                title,
                description,
                "percentunit",
                query(share_of_paid_orders(counter), "{{country}}"),
                span=8,
                shown_by=fault,
            )
            for title, (counter, description, fault) in ratios.items()
        ),
    ]


def failures() -> Panels:
    by_product = promql.count(FAILURES, BY_COUNTRY, "product_id, country")
    return [
        ranking(
            "Failures by country",
            "Reservation failures in the chosen range.",
            "short",
            latest(promql.count(FAILURES, BY_COUNTRY, "country"), "{{country}}"),
            empty="0",
            shown_by="inventory_outage",
        ),
        rows(
            "Failures by product",
            "The ten worst combinations of product and country in the chosen range.",
            {"product_id": "Product", "country": "Country"},
            {"Failures": ("short", f"topk(10, {by_product})")},
            span=8,
            empty="None",
            shown_by="inventory_outage",
        ),
        time_series(
            "Reservations by warehouse",
            "What inventory-system itself counted, by outcome.",
            "cpm",
            query(
                promql.per_minute("inventory_reservations_total", "", "warehouse, status"), "{{warehouse}} {{status}}"
            ),
            span=8,
            stacked=True,
            links=[links.logs("inventory-system"), links.traces("inventory-system")],
        ),
    ]


def warehouse() -> Panels:
    return [
        heat(
            "Duration of calls to inventory-system",
            "How many calls took how long. Each dot is a call: follow it to its trace.",
            "s",
            promql.buckets(DURATION, BY_COUNTRY),
        ),
        time_series(
            "Duration by operation, p95",
            "95 % of the calls to inventory-system take less. main-service stops waiting at its time-out.",
            "s",
            query(promql.quantile(0.95, DURATION, BY_COUNTRY, "operation"), "{{operation}}", exemplars=True),
            span=6,
        ),
        time_series(
            "Calls by outcome",
            "Calls per minute. `error` is a fault or no answer; sold out is a success of the call.",
            "cpm",
            query(promql.per_minute(f"{DURATION}_count", BY_COUNTRY, "operation, status"), "{{operation}} {{status}}"),
            span=6,
            links=[links.failed_traces("inventory-system"), links.logs("inventory-system")],
        ),
        traces(
            "Failed and slow reservations",
            "Reservations that failed or took longer than 300 ms.",
            '{ resource.service.name = "inventory-system" && kind = server && (status = error || duration > 300ms) }',
            span=12,
            shown_by="inventory_outage",
        ),
        logs(
            "Goods that could not be reserved",
            "One line for each order line; open it for the link to the purchase's trace.",
            '{service_name="main-service"} | event_name="inventory.not_reserved"',
            height=8,
            shown_by="inventory_outage",
        ),
    ]


def dashboard() -> Dashboard:
    panels = {"What customers feel": consequences(), "Where": failures(), "The warehouse": warehouse()}
    return board(catalogue.INVENTORY, panels, [variables.country()])
