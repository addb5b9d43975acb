"""No alert in peace. An outage of payment becomes a page and a case with links that work, and ends with them."""

import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support import alerting, engines, grafana
from tests.support.day import Day
from tests.support.documents import headings
from tests.support.repository import ROOT


@pytest.fixture
def page(day: Day) -> alerting.Page:
    """What the outage of the provider led to."""
    return day.result("provider_outage")  # type: ignore[no-any-return]


def test_every_rule_can_be_evaluated(day: Day) -> None:
    """promtool's series are few: what two of the same labels do to a rule shows only here."""
    rules = [rule for group in engines.rule_groups() for rule in group["rules"]]
    assert {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"} == {}


def test_peace_raises_no_alert(day: Day) -> None:
    """None but those that a stack had which was kept."""
    assert [alert for alert in day.alerts_in_peace if alert not in day.alerts_before] == []


def test_an_outage_of_payment_opens_one_case(page: alerting.Page) -> None:
    assert len(alerting.cases()) == 1
    case = page.case
    assert (case["severity"], case["team"], case["labels"]["slo"]) == ("critical", "shop", "payment_success")
    assert "grafana" not in case["labels"]


def test_the_link_to_the_dashboard_leads_to_the_objective(page: alerting.Page) -> None:
    link = urlsplit(page.case["dashboard_url"])
    assert urllib.request.urlopen(page.case["dashboard_url"], timeout=10).status == 200
    board = grafana.request(f"/api/dashboards/uid/{link.path.removeprefix('/d/')}")["dashboard"]
    (variable,) = [one for one in board["templating"]["list"] if one["name"] == "slo"]
    assert parse_qs(link.query)["var-slo"][0] in variable["query"].split(",")


def test_the_link_to_the_expression_leads_to_what_is_wrong(page: alerting.Page) -> None:
    link = urlsplit(page.case["generator_url"])
    assert f"{link.scheme}://{link.netloc}" == "http://localhost:9090"
    assert "payment_success" in page.selected


def test_the_link_to_the_runbook_leads_to_its_section(page: alerting.Page) -> None:
    path, _, anchor = page.case["runbook_url"].partition("#")
    assert anchor in {text.lower() for _, text in headings(ROOT / path)}


def test_the_page_mutes_the_alert_on_its_cause(day: Day) -> None:
    assert day.result("payments_recover") == ["suppressed"]


def test_the_case_is_closed_when_payment_is_back(day: Day, page: alerting.Page) -> None:
    case = day.result("page_ends")
    assert (case["id"], case["closed_at"] > case["opened_at"]) == (page.case["id"], True)
