"""Product analytics: what is looked at and bought, by whom, and at which step visitors are lost."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql, variables
from .board import Panels, board
from .panels import heat, latest, logs, number, query, ranking, rows, shares, time_series
from .variables import BY_COUNTRY

# The stages of the funnel, in order.
STAGES = {
    "browse_catalog": "Browse the catalogue",
    "view_product": "View a product",
    "add_to_cart": "Add to cart",
    "checkout_complete": "Check out",
}


def stage(name: str) -> str:
    return f'stage="{name}", {BY_COUNTRY}'


def conversion(first: str, last: str, by: str = "") -> str:
    """Events of one stage for each event of another, over the time range."""
    events = {name: promql.count("webstore_funnel_stage_total", stage(name), by) for name in (first, last)}
    return promql.ratio(events[last], events[first])


def customers() -> Panels:
    return [
        number(
            "Active users",
            "Distinct signed-in users of the last quarter of an hour.",
            "short",
            query(promql.total(f"webstore_users_active{{{BY_COUNTRY}}}"), "users"),
        ),
        number(
            "Active carts",
            "Carts with at least one item that were touched within the hour.",
            "short",
            query("sum(webstore_active_carts{})", "carts"),
        ),
        number(
            "Completed checkouts",
            "In the chosen range.",
            "short",
            latest(promql.count("webstore_checkouts_total", f'status="completed", {BY_COUNTRY}')),
        ),
        number(
            "Revenue",
            "What was charged in the chosen range.",
            "currencyUSD",
            latest(promql.count("webstore_checkout_amount_USD_sum", BY_COUNTRY)),
        ),
        number(
            "Browse to checkout",
            "Completed checkouts for each view of the catalogue.",
            "percentunit",
            latest(conversion("browse_catalog", "checkout_complete")),
            steps=("red", (0.01, "orange"), (0.05, "green")),
        ),
        number(
            "Cart to checkout",
            "Completed checkouts for each addition to a cart.",
            "percentunit",
            latest(conversion("add_to_cart", "checkout_complete")),
            steps=("red", (0.1, "orange"), (0.3, "green")),
        ),
        time_series(
            "Active users by country",
            "Distinct signed-in users; who is seen in two countries counts in both.",
            "short",
            query(promql.total(f"webstore_users_active{{{BY_COUNTRY}}}", "country"), "{{country}}"),
            span=8,
            stacked=True,
        ),
        time_series(
            "Actions by customer segment",
            "Who visits: new, returning and vip customers, those about to leave (at_risk), those who came back after "
            "they had left (churned), and visitors without a name.",
            "cpm",
            query(promql.per_minute("webstore_customer_segment_total", BY_COUNTRY, "segment"), "{{segment}}"),
            span=10,
            stacked=True,
        ),
        shares(
            "Segments",
            "Actions in the chosen range by customer segment.",
            "short",
            latest(promql.count("webstore_customer_segment_total", BY_COUNTRY, "segment"), "{{segment}}"),
        ),
    ]


def funnel() -> Panels:
    steps = list(STAGES)
    return [
        ranking(
            "Funnel",
            "Events of each stage in the chosen range. The largest step down is where customers are lost.",
            "short",
            *(
                latest(promql.count("webstore_funnel_stage_total", stage(name)), title)
                for name, title in STAGES.items()
            ),
            span=12,
        ),
        time_series(
            "Funnel over time",
            "Events of each stage per minute.",
            "cpm",
            query(promql.per_minute("webstore_funnel_stage_total", BY_COUNTRY, "stage"), "{{stage}}"),
        ),
        *(
            ranking(
                f"{STAGES[first]} to {STAGES[last].lower()}",
                "Events of the second stage for each one of the first, by country.",
                "percentunit",
                latest(conversion(first, last, "country"), "{{country}}"),
            )
            for first, last in zip(steps, steps[1:], strict=False)
        ),
    ]


def products() -> Panels:
    viewed = promql.count("webstore_products_detail_views_total", BY_COUNTRY, "product_id, category")
    added = promql.count("webstore_cart_additions_total", BY_COUNTRY, "product_id")
    return [
        time_series(
            "Catalogue views by country",
            "Views of a country's catalogue per minute.",
            "cpm",
            query(promql.per_minute("webstore_products_views_total", BY_COUNTRY, "country"), "{{country}}"),
            span=8,
            stacked=True,
        ),
        time_series(
            "Product views by country",
            "Views of a single product per minute.",
            "cpm",
            query(promql.per_minute("webstore_products_detail_views_total", BY_COUNTRY, "country"), "{{country}}"),
            span=8,
            stacked=True,
        ),
        time_series(
            "Product views by category",
            "Views of a single product per minute.",
            "cpm",
            query(promql.per_minute("webstore_products_detail_views_total", BY_COUNTRY, "category"), "{{category}}"),
            span=8,
            stacked=True,
        ),
        shares(
            "Catalogue views",
            "In the chosen range, by country.",
            "short",
            latest(promql.count("webstore_products_views_total", BY_COUNTRY, "country"), "{{country}}"),
            span=8,
        ),
        rows(
            "Most viewed products",
            "In the chosen range.",
            {"product_id": "Product", "category": "Category"},
            {"Views": ("short", f"topk(10, {viewed})")},
            span=8,
        ),
        rows(
            "Products most often put into carts",
            "In the chosen range.",
            {"product_id": "Product"},
            {"Additions": ("short", f"topk(10, {added})")},
            span=8,
        ),
    ]


def sales() -> Panels:
    failed = links.failed_traces("main-service")
    return [
        heat(
            "Amounts of checkouts",
            "How many checkouts were worth how much. Each dot is a checkout: follow it to its trace.",
            "currencyUSD",
            promql.buckets("webstore_checkout_amount_USD", BY_COUNTRY),
        ),
        time_series(
            "Checkout amount",
            "What a completed checkout is worth: the median and the 95th percentile.",
            "currencyUSD",
            query(promql.quantile(0.5, "webstore_checkout_amount_USD", BY_COUNTRY), "median"),
            query(promql.quantile(0.95, "webstore_checkout_amount_USD", BY_COUNTRY), "p95"),
        ),
        time_series(
            "Checkouts by country and outcome",
            "Checkouts per minute. `declined` is the customer's card; `failed` is our fault.",
            "cpm",
            query(
                promql.per_minute("webstore_checkouts_total", BY_COUNTRY, "country, status"), "{{country}} {{status}}"
            ),
            stacked=True,
            links=[failed],
        ),
        time_series(
            "Checkouts by payment method",
            "Checkouts per minute, whatever their outcome.",
            "cpm",
            query(promql.per_minute("webstore_checkouts_total", BY_COUNTRY, "payment_method"), "{{payment_method}}"),
            stacked=True,
        ),
        time_series(
            "Charged and booked",
            "US dollars per minute that payments-service charged and that main-service booked as orders. A gap that "
            "lasts is money without an order.",
            "currencyUSD",
            query(promql.per_minute("payment_amount_usd_sum", BY_COUNTRY), "charged"),
            query(promql.per_minute("webstore_checkout_amount_USD_sum", BY_COUNTRY), "booked"),
            links=[links.logs("payments-service")],
        ),
        time_series(
            "Transactions of the payment provider",
            "What the provider itself counted per minute: a refund or a void follows a cancelled order.",
            "cpm",
            query(promql.per_minute("payment_provider_transactions_total", BY_COUNTRY, "status"), "{{status}}"),
            stacked=True,
            links=[links.logs("payment-provider"), links.traces("payment-provider")],
        ),
    ]


def discounts() -> Panels:
    offered = "promotion_discount_amount_usd"
    return [
        time_series(
            "Promotions and coupons",
            "Checks of checkouts per minute by outcome. An unavailable promotion means that the customer paid the full "
            "price, an unavailable coupon that the checkout was rejected.",
            "cpm",
            query(promql.per_minute("webstore_promotions_total", "", "outcome"), "promotion {{outcome}}"),
            query(promql.per_minute("webstore_coupons_total", "", "outcome"), "coupon {{outcome}}"),
            span=8,
            links=[links.logs("main-service")],
        ),
        time_series(
            "Orders with and without a discount",
            "Orders per minute that promotions-service checked for a tier's discount: true is with one.",
            "cpm",
            query(promql.per_minute("promotions_checked_total", BY_COUNTRY, "has_discount"), "{{has_discount}}"),
            span=8,
            stacked=True,
            links=[links.logs("promotions-service")],
        ),
        time_series(
            "Coupons validated",
            "Validations per minute by the coupon's type and whether it was valid for the order. An unknown type is a "
            "code that does not exist.",
            "cpm",
            query(
                promql.per_minute("coupons_validated_total", "", "coupon_type, valid"),
                "{{coupon_type}}, valid: {{valid}}",
            ),
            span=8,
            stacked=True,
            links=[links.logs("promotions-service")],
        ),
        ranking(
            "Discounts by promotion",
            "US dollars offered in the chosen range, by tier and coupon. An order with both gets the larger one only, "
            "and a quote counts as well: what was granted is in the orders.",
            "currencyUSD",
            latest(promql.count(f"{offered}_sum", "", "promotion_id"), "{{promotion_id}}"),
        ),
        heat(
            "Amounts of discounts",
            "How many discounts were worth how much. Each dot is a check: follow it to its trace.",
            "currencyUSD",
            promql.buckets(offered),
            span=8,
        ),
        time_series(
            "Redemptions by outcome",
            "Redemptions per minute. A replayed one is a message that was delivered twice and used nothing up; an "
            "exhausted one lost the last use to another order.",
            "cpm",
            query(promql.per_minute("coupon_redemptions_total", "", "outcome"), "{{outcome}}"),
            span=8,
            stacked=True,
            links=[links.logs("promotions-service"), links.traces("promotions-service")],
        ),
        rows(
            "Uses of coupons",
            "Redemptions in the chosen range by coupon and outcome. A redeemed one is a use that is gone.",
            {"coupon_code": "Coupon", "outcome": "Outcome"},
            {
                "Redemptions": (
                    "short",
                    promql.count("coupon_redemptions_total", "", "coupon_code, outcome"),
                )
            },
        ),
        logs(
            "Rejected coupons",
            "Checkouts that ended because of their coupon. Open a line for the order and the trace.",
            '{service_name="main-service"} | event_name=~"coupon[.](invalid|unavailable)"',
            height=8,
            shown_by="promotions_down",
        ),
    ]


def dashboard() -> Dashboard:
    panels = {
        "Customers": customers(),
        "Funnel": funnel(),
        "Products": products(),
        "Sales": sales(),
        "Promotions and coupons": discounts(),
    }
    return board(catalogue.PRODUCTS, panels, [variables.country()], refresh="10s")
