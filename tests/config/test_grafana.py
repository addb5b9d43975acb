"""Grafana's files: links lead somewhere, panels explain themselves, and the JSON is what its source generates."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.config.repository import ROOT, SERVICES, load

DATASOURCES = load("grafana/provisioning/datasources/webstore.yaml")["datasources"]
UIDS = {source["uid"]: source["type"] for source in DATASOURCES}
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in (ROOT / "grafana/dashboards").glob("*.json")}
PANELS = [
    pytest.param(board, panel, id=f"{name}/{panel['title']}")
    for name, board in DASHBOARDS.items()
    for panel in board["panels"]
    if panel["type"] != "row"
]
WITHOUT_NUMBERS = {"nodeGraph", "logs", "flamegraph", "text"}

each_dashboard = pytest.mark.parametrize("name", DASHBOARDS)
each_panel = pytest.mark.parametrize(("board", "panel"), PANELS)


def entries(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value below a node."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from entries(value)


def variables(board: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in board["templating"]["list"] if variable["type"] == kind}


def test_data_sources_are_services_of_the_stack():
    for source in DATASOURCES:
        assert source["url"].removeprefix("http://").split(":")[0] in SERVICES


def test_links_between_data_sources_lead_somewhere():
    targets = {value for key, value in entries(DATASOURCES) if key in {"datasourceUid", "alertmanagerUid", "targetUID"}}
    assert targets == UIDS.keys()


def test_dollar_signs_are_escaped():
    """Grafana would take a single one for a variable of its environment and put nothing in its place."""
    values = [value for _, value in entries(DATASOURCES) if isinstance(value, str)]
    assert not [value for value in values if "$" in value.replace("$$", "")]


def test_the_home_page_exists():
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.split("/")[-1].removesuffix(".json") in DASHBOARDS


@each_dashboard
def test_the_uid_is_the_file_name(name):
    assert DASHBOARDS[name]["uid"] == name


@each_dashboard
def test_data_source_variables_start_with_a_provisioned_one(name):
    for variable in variables(DASHBOARDS[name], "datasource").values():
        assert UIDS[variable["current"]["value"]] == variable["query"]


@each_panel
def test_a_panel_explains_itself(board, panel):
    assert panel["title"]
    assert panel["description"]
    if panel["type"] not in WITHOUT_NUMBERS:
        assert panel["fieldConfig"]["defaults"]["unit"]


@each_panel
def test_a_panel_takes_its_data_source_from_a_variable(board, panel):
    known = {f"${{{name}}}" for name in variables(board, "datasource")}
    assert panel["datasource"]["uid"] in known
    assert all(target.get("datasource", panel["datasource"]) == panel["datasource"] for target in panel["targets"])


@each_panel
def test_queries_of_a_panel_have_distinct_names(board, panel):
    names = [target["refId"] for target in panel["targets"]]
    assert names
    assert len(names) == len(set(names))


def test_the_dashboards_are_what_their_source_generates():
    check = subprocess.run([sys.executable, "-m", "grafana.src", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
