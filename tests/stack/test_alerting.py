"""No alert in peace. An outage of payment becomes a page and a case with links that work, and ends with them."""

import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support import engines, grafana, traffic
from tests.support.documents import headings
from tests.support.polling import eventually
from tests.support.repository import ROOT
from tests.support.stack import PAYMENTS_URL, SHOP_URL, Stack
from tests.support.third_parties import CALM, behaviour
from tools.shop_client import ShopClient

CASES = "http://127.0.0.1:3002/api/cases"
ALERTMANAGER = "http://127.0.0.1:9093"
PAGE = {"alertname": "ErrorBudgetBurnFast", "slo": "payment_success"}
FIRING = 'ALERTS{alertname="ErrorBudgetBurnFast", slo="payment_success", alertstate="firing"}'
FAILED = 'increase(payments_processed_total{status=~"error|timeout"}[5m])'
# Good payments for each failed one, for the last five minutes to be good again at once: the alert needs one failure in
# 33. Not many more, or the next outage would have to be a long one to be heard of within half an hour.
OUTWEIGH = 50
#: From a payment to its alert: export, scrape, and two evaluations, as often as the good payments before outweigh it.
FIRES = 120  # seconds
CLOSES = 240


@pytest.fixture(scope="module")
def day(stack: Stack) -> list[dict[str, str]]:
    """A day's traffic. The alerts, pending ones included, that there were before: none but on a stack that was kept."""
    before = alerts()
    traffic.normal_day(SHOP_URL, visits=60)
    time.sleep(30)  # for the last of it to be exported, scraped and evaluated
    return before


@pytest.fixture(scope="module")
def page(stack: Stack, day: object) -> dict[str, Any]:
    """The case that an outage of the provider opened. It is over, and the alert still fires."""
    with behaviour(stack, "payment-provider", outage=True):
        eventually(lambda: charge() and engines.query(FIRING), "the alert in Prometheus", FIRES)
        return eventually(lambda: cases(status="open"), "a case in crm-system", 60)[0]


def test_every_rule_can_be_evaluated(day: object) -> None:
    """promtool's series are few: what two of the same labels do to a rule shows only here."""
    rules = [rule for group in engines.rule_groups() for rule in group["rules"]]
    assert {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"} == {}


def test_a_normal_day_raises_no_alert(day: list[dict[str, str]]) -> None:
    assert [alert for alert in alerts() if alert not in day] == []


def test_an_outage_of_payment_opens_one_case(page: dict[str, Any]) -> None:
    assert len(cases()) == 1
    assert (page["severity"], page["team"], page["labels"]["slo"]) == ("critical", "shop", "payment_success")
    assert "grafana" not in page["labels"]


def test_the_link_to_the_dashboard_leads_to_the_objective(page: dict[str, Any]) -> None:
    link = urlsplit(page["dashboard_url"])
    assert urllib.request.urlopen(page["dashboard_url"], timeout=10).status == 200
    board = grafana.asked(f"/api/dashboards/uid/{link.path.removeprefix('/d/')}")["dashboard"]
    (variable,) = [one for one in board["templating"]["list"] if one["name"] == "slo"]
    assert parse_qs(link.query)["var-slo"][0] in variable["query"].split(",")


def test_the_link_to_the_expression_leads_to_what_is_wrong(page: dict[str, Any]) -> None:
    link = urlsplit(page["generator_url"])
    assert f"{link.scheme}://{link.netloc}" == "http://localhost:9090"
    (expression,) = parse_qs(link.query)["g0.expr"]
    assert [found["metric"]["slo"] for found in engines.query(expression)] == ["payment_success"]


def test_the_link_to_the_runbook_leads_to_its_section(page: dict[str, Any]) -> None:
    path, _, anchor = page["runbook_url"].partition("#")
    assert anchor in {text.lower() for _, text in headings(ROOT / path)}


def test_the_page_mutes_the_alert_on_its_cause(page: dict[str, Any]) -> None:
    def muted() -> bool:
        alerts = engines.fetch(f"{ALERTMANAGER}/api/v2/alerts?filter=alertname=PaymentsFailing")
        return [alert["status"]["state"] for alert in alerts] == ["suppressed"]

    eventually(muted, "PaymentsFailing, inhibited", 120)


def test_the_case_is_closed_when_payment_is_back(stack: Stack, page: dict[str, Any]) -> None:
    with behaviour(stack, "payment-provider", **CALM), ThreadPoolExecutor(8) as buyers:
        eventually(lambda: charge() == 200, "a payment after the outage", 30)
        list(buyers.map(charge, range(OUTWEIGH * int(engines.value(FAILED)))))
        eventually(lambda: not engines.query(FIRING), "no alert", CLOSES)
    (case,) = eventually(lambda: cases(status="closed"), "a closed case", CLOSES)
    assert (case["id"], case["closed_at"] > case["opened_at"]) == (page["id"], True)


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


def charge(_: int = 0) -> int:
    """The status of a payment at payments-service itself, as it takes hundreds."""
    order = {"user_id": "user_user123", "order_id": f"alerting-{token_hex(8)}", "country": "US"}
    payment = {"amount": 9.99, "currency": "USD", "payment_method": "credit_card"}
    return ShopClient(PAYMENTS_URL, token=None).call("POST", "/api/payments/process", order | payment).status
