"""The page of a payment outage, from the payments that fail to the case in crm-system and its end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from tests.support import engines
from tests.support.polling import eventually, paced
from tests.support.stack import PAYMENTS_URL
from tools.shop_client import ShopClient

CASES = "http://127.0.0.1:3002/api/cases"
ALERTMANAGER = "http://127.0.0.1:9093"
PAGE = {"alertname": "ErrorBudgetBurnFast", "slo": "payment_success"}
FAILED = 'increase(payments_processed_total{status=~"error|timeout"}[5m])'
#: Seconds from the first failed payment to the case: export, scrape, two evaluations, and Alertmanager's group_wait.
OPENS = 180
CLOSES = 240
# Good payments for each failed one, for the last five minutes to be good again at once: the alert needs one failure in
# 33. Not many more, or the next outage would have to be a long one to be noticed within half an hour.
OUTWEIGH = 50


@dataclass(frozen=True)
class Page:
    """What an operator gets."""

    case: dict[str, Any]
    #: The `slo` of each series that the case's expression selected while the alert fired.
    selected: list[str]


def outage_until_paged(buy: Callable[[], object]) -> dict[str, Any]:
    """The case that failing payments open; `buy` is what a buyer does meanwhile."""
    for _ in paced(OPENS, every=2):
        charge()
        buy()
        if found := cases(status="open"):
            return found[0]
    raise AssertionError(f"no case within {OPENS} s; alerts: {alerts()}")


def outweigh_failures() -> None:
    """So many payments succeed that the last five minutes are good."""
    eventually(lambda: charge() == 200, "a payment after the outage", 30)
    with ThreadPoolExecutor(8) as buyers:
        list(buyers.map(lambda _: charge(), range(OUTWEIGH * int(engines.value(FAILED)))))


def charge() -> int:
    """The status of a payment at payments-service itself, as it takes many."""
    order = {"user_id": "user_user123", "order_id": f"alerting-{token_hex(8)}", "country": "US"}
    payment = {"amount": 9.99, "currency": "USD", "payment_method": "credit_card"}
    return ShopClient(PAYMENTS_URL, token=None).call("POST", "/api/payments/process", order | payment).status


def alerts() -> list[dict[str, str]]:
    """Their labels, pending ones included, but for their state."""
    return [
        {name: value for name, value in alert["metric"].items() if name != "alertstate"}
        for alert in engines.query("ALERTS")
    ]


def cases(**filters: str) -> list[dict[str, Any]]:
    """Those of the page."""
    found = engines.fetch(CASES)["cases"]
    return [one for one in found if {**PAGE, **filters}.items() <= {**one["labels"], **one}.items()]


def notification_states(alertname: str) -> list[str]:
    """What Alertmanager does with each alert of that name: `active` or `suppressed`."""
    found = engines.fetch(f"{ALERTMANAGER}/api/v2/alerts?filter=alertname={alertname}")
    return [alert["status"]["state"] for alert in found]
