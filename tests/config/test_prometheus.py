"""prometheus.yml and its rules: every target is a service, every alert is complete and has both kinds of test."""

import json
import re

import pytest

from tests.support.repository import ROOT, SERVICES, load

CONFIG = load("prometheus.yml")
RULES = [rule for name in CONFIG["rule_files"] for group in load(name)["groups"] for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
CASES = [
    case
    for path in ROOT.glob("tests/config/rules/*.test.yml")
    for test in load(str(path.relative_to(ROOT)))["tests"]
    for case in test.get("alert_rule_test", [])
]
SEVERITIES = {"critical", "warning", "info"}
TEAMS = {"platform", "shop", "payments", "fulfilment", "business", "security", "observability"}
GRAFANA = "{{ $externalLabels.grafana }}"
DASHBOARDS = {path.stem: path.read_text() for path in ROOT.glob("grafana/dashboards/*.json")}
SLO_BOARD = json.loads(DASHBOARDS["slo-tracking"])

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
    annotations = alert["annotations"]
    assert annotations.keys() == {"summary", "description", "runbook_url", "dashboard_url"}
    assert annotations["runbook_url"] == f"docs/runbooks.md#{alert['alert'].lower()}"
    grafana, _, dashboard = annotations["dashboard_url"].partition("/d/")
    assert grafana == GRAFANA
    assert dashboard.split("?")[0] in DASHBOARDS


@each_alert
def test_alert_has_a_test_that_fires_it_and_one_that_does_not(alert):
    outcomes = {bool(case.get("exp_alerts")) for case in CASES if case["alertname"] == alert["alert"]}
    assert outcomes == {True, False}


def test_every_rule_file_is_mounted():
    mounted = {volume.split(":")[0].removeprefix("./") for volume in SERVICES["prometheus"]["volumes"]}
    assert {*CONFIG["rule_files"]} <= mounted


def test_every_indicator_that_a_rule_or_a_dashboard_reads_is_recorded():
    texts = [*(rule["expr"] for rule in RULES), *DASHBOARDS.values()]
    assert {name for text in texts for name in re.findall(r"\bslo:[\w:]+", text)} == RECORDED


def test_the_dashboard_offers_the_objectives_of_the_rules():
    objectives = [rule["labels"]["slo"] for rule in RULES if rule.get("record") == "slo:objective:ratio"]
    (variable,) = [one for one in SLO_BOARD["templating"]["list"] if one["name"] == "slo"]
    assert variable["query"].split(",") == objectives


def test_the_dashboard_draws_the_limits_of_the_alerts():
    (panel,) = [one for one in SLO_BOARD["panels"] if one["title"].startswith("Burn rate")]
    drawn = {step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"] if step["value"]}
    limits = [limit for rule in ALERTS for limit in re.findall(r"([\d.]+) \* \(1 - slo:objective", rule["expr"])]
    assert {*map(float, limits)} == drawn


def test_the_dashboard_finds_who_is_slow_among_the_requests_that_the_objective_counts():
    of_latency = [rule["expr"] for rule in RULES if rule.get("labels") == {"slo": "latency"}]
    (measured,) = [expression for expression in of_latency if "_count{" in expression]
    selector = re.search(r"{.+}", measured)[0]
    assert any(selector in target["expr"] for panel in SLO_BOARD["panels"] for target in panel.get("targets", []))
