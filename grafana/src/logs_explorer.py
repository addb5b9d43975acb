"""Logs: volume, errors and events of all services, narrowed down by service, level and text."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, variables
from .board import Panels, board
from .panels import bars, log_query, logs, time_series
from .variables import LOKI

SHOP = '{service_namespace="webstore", service_name=~"$service"}'
CHOSEN = f"{SHOP} |~ `(?i)$search` | detected_level=~`$level`"
ALL_SERVICES = '{service_namespace="webstore"}'


def lines(selection: str, by: str) -> str:
    return f"sum by ({by}) (count_over_time({selection} [$__auto]))"


def volume() -> Panels:
    ways_out = links.of_service(links.SERVICE_NAME)
    return [
        bars(
            time_series(
                "Lines by service",
                "Log lines of the chosen services that match the search.",
                "short",
                log_query(lines(CHOSEN, "service_name"), "{{service_name}}"),
                source=LOKI,
                stacked=True,
                span=8,
                links=ways_out,
            )
        ),
        bars(
            time_series(
                "Lines by level",
                "Log lines of the chosen services that match the search.",
                "short",
                log_query(lines(CHOSEN, "detected_level"), "{{detected_level}}"),
                source=LOKI,
                stacked=True,
                span=8,
            )
        ),
        bars(
            time_series(
                "Events",
                "The ten most frequent kinds of events, by their stable names.",
                "short",
                log_query(f"topk(10, {lines(CHOSEN, 'event_name')})", "{{event_name}}"),
                source=LOKI,
                stacked=True,
                span=8,
            )
        ),
    ]


def chosen() -> Panels:
    return [
        logs(
            "Log lines",
            "All lines of the chosen services and levels that match the search. Open one for its fields, its trace and "
            "its context.",
            CHOSEN,
            span=24,
        )
    ]


def by_topic() -> Panels:
    shop = '{service_name=~"main-service|crm-system"}'
    discounts = '{service_name=~"main-service|promotions-service"}'
    payments = '{service_name=~"main-service|payments-service|payment-provider"}'
    return [
        logs(
            "Errors",
            "Faults: something did not work that should have, whatever the variables above say.",
            f"{ALL_SERVICES} | detected_level=~`error|fatal`",
            height=8,
            shown_by="provider_outage",
        ),
        logs(
            "Warnings",
            "What was strange and got by.",
            f"{ALL_SERVICES} | detected_level=`warn`",
            height=8,
            shown_by="inventory_outage",
        ),
        logs(
            "Lines within a trace",
            "Each leads to the request that it belongs to.",
            f"{SHOP} | trace_id!=``",
            height=8,
        ),
        logs(
            "Orders",
            "How orders went, and whether the CRM was notified.",
            f"{shop} | event_name=~`order[.].+|outbox[.].+`",
            height=8,
        ),
        logs(
            "Payments",
            "Charges, declines and faults on both sides.",
            f"{payments} | event_name=~`(payment|provider)[.].+`",
            height=8,
        ),
        logs(
            "Promotions and coupons",
            "Discounts that were checked, and coupons that were validated, used up or rejected.",
            f"{discounts} | event_name=~`(promotions?|coupon)[.].+`",
            height=8,
        ),
        logs(
            "Third parties",
            "What payment-provider, inventory-system and crm-system say of themselves.",
            '{service_name=~"payment-provider|inventory-system|crm-system"}',
            span=24,
            height=8,
        ),
    ]


def dashboard() -> Dashboard:
    own = [variables.service(), variables.level(), variables.search()]
    return board(catalogue.LOGS, {"Volume": volume(), "Chosen lines": chosen(), "By topic": by_topic()}, own)
