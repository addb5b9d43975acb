"""prometheus.yml and its alerts: every target is a service, every alert is complete and has both kinds of test."""

import pytest

from tests.config.repository import SERVICES, load

CONFIG = load("prometheus.yml")
ALERTS = [rule for group in load("prometheus-alerts.yml")["groups"] for rule in group["rules"] if "alert" in rule]
CASES = [case for test in load("tests/config/prometheus-alerts.test.yml")["tests"] for case in test["alert_rule_test"]]
SEVERITIES = {"critical", "warning", "info"}
TEAMS = {"platform", "shop"}

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


@pytest.mark.parametrize("job", CONFIG["scrape_configs"], ids=lambda job: job["job_name"])
def test_targets_are_services(job):
    for target in job["static_configs"][0]["targets"]:
        assert target.split(":")[0] in {*SERVICES, "localhost"}


def test_alerts_reach_alertmanager():
    targets = CONFIG["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert [target.split(":")[0] for target in targets] == ["alertmanager"]


@each_alert
def test_alert_says_who_acts_and_how(alert):
    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["labels"]["team"] in TEAMS
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks.md#{alert['alert'].lower()}"


@each_alert
def test_alert_has_a_test_that_fires_it_and_one_that_does_not(alert):
    outcomes = {bool(case.get("exp_alerts")) for case in CASES if case["alertname"] == alert["alert"]}
    assert outcomes == {True, False}
