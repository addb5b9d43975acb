"""alertmanager.yml: each alert goes to one receiver and so becomes one case, and only alerts that exist mute others."""

import re

import pytest

from tests.config.test_prometheus import ALERTS, RULES, TEAMS
from tests.config.test_prometheus import CONFIG as PROMETHEUS
from tests.support.repository import SERVICES, load

CONFIG = load("alertmanager.yml")
RECEIVERS = {receiver["name"]: receiver for receiver in CONFIG["receivers"]}
CASES = "http://crm-system:3002/api/cases"
RECEIVER_OF_SEVERITY = {"critical": "pager", "info": "mail"}
#: Of all that is left.
RECEIVER_OF_TEAM = {
    "platform": "platform",
    "observability": "platform",
    "security": "security",
    "shop": "shop",
    "payments": "shop",
    "fulfilment": "shop",
    "business": "shop",
}
#: The receiver for each severity and team that an alert has; tests/config/test_engines.py asks amtool.
EXPECTED = {
    (severity, team): RECEIVER_OF_SEVERITY.get(severity, RECEIVER_OF_TEAM[team])
    for severity, team in ((alert["labels"]["severity"], alert["labels"]["team"]) for alert in ALERTS)
}
OBJECTIVES = {rule["labels"]["slo"] for rule in RULES if rule.get("record") == "slo:objective:ratio"}
#: What Prometheus scrapes, and what the services call themselves.
JOBS = {job["job_name"] for job in PROMETHEUS["scrape_configs"]} | {f"webstore/{service}" for service in SERVICES}
MATCHER = re.compile(r"(\w+) =~? \"?([\w|/-]+)\"?")


def values(matchers: list[str]) -> dict[str, list[str]]:
    """The values that each label may have."""
    return {label: value.split("|") for label, value in (MATCHER.fullmatch(one).groups() for one in matchers)}


def test_every_team_has_a_receiver():
    assert RECEIVER_OF_TEAM.keys() == TEAMS


@pytest.mark.parametrize("receiver", RECEIVERS.values(), ids=RECEIVERS)
def test_every_receiver_opens_and_closes_a_case(receiver):
    (webhook,) = receiver["webhook_configs"]
    assert webhook == {"url": CASES, "send_resolved": True}


def test_no_alert_is_told_twice():
    assert not [route for route in CONFIG["route"]["routes"] if route.get("continue")]


@pytest.mark.parametrize("rule", CONFIG["inhibit_rules"], ids=lambda rule: " ".join(rule["source_matchers"]))
@pytest.mark.parametrize("side", ["source_matchers", "target_matchers"])
def test_what_mutes_and_what_is_muted_exists(rule, side):
    matchers = values(rule[side])
    assert {*matchers["alertname"]} <= {alert["alert"] for alert in ALERTS}
    assert {*matchers.get("slo", [])} <= OBJECTIVES
    assert {*matchers.get("job", [])} <= JOBS


def test_what_is_muted_is_never_more_urgent_than_its_cause():
    urgency = ["info", "warning", "critical"]
    severity = {alert["alert"]: urgency.index(alert["labels"]["severity"]) for alert in ALERTS}
    for rule in CONFIG["inhibit_rules"]:
        causes, muted = (values(rule[side])["alertname"] for side in ("source_matchers", "target_matchers"))
        assert min(severity[name] for name in causes) >= max(severity[name] for name in muted)
