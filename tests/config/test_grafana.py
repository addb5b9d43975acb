"""Grafana's files: links lead somewhere, panels explain themselves, and the JSON is what its source generates."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.repository import DASHBOARDS, DATASOURCES, ROOT, SERVICES

UIDS = {source["uid"]: source["type"] for source in DATASOURCES}
WITHOUT_NUMBERS = {"nodeGraph", "logs", "flamegraph", "text"}
VARIABLE = re.compile(r"\$\{?(\w+)")
# An address, a host and port, or the id of a container.
FIXED = re.compile(r"https?://|\d+\.\d+\.\d+\.\d+|\b[a-z][\w-]*:\d{2,5}\b|\b(?=\d*[a-f])[0-9a-f]{12,64}\b")

each_dashboard = pytest.mark.parametrize("name", sorted(DASHBOARDS))


def entries(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value below a node."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from entries(value)


def panels(name: str) -> list[dict[str, Any]]:
    """Of a dashboard, without the headings of its rows."""
    found = [panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row"]
    assert found
    return found


def variables(board: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in board["templating"]["list"] if variable["type"] == kind}


def texts(node: Any) -> list[str]:
    return [value for _, value in entries(node) if isinstance(value, str)]


def urls(node: Any) -> list[str]:
    """Of all links: those of panels, of values and in Markdown."""
    markdown = [value for key, value in entries(node) if key == "content"]
    return [
        *(value for key, value in entries(node) if key == "url"),
        *(url for text in markdown for url in re.findall(r"\]\(([^)]+)\)", text)),
    ]


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


@each_dashboard
def test_no_host_container_or_data_source_is_named(name):
    board = DASHBOARDS[name]
    assert [text for text in texts(board) if FIXED.search(text)] == []
    uids = {value for key, value in entries(board["panels"]) if key == "uid"}
    assert uids <= {f"${{{variable}}}" for variable in variables(board, "datasource")}


@each_dashboard
def test_variables_that_are_used_exist(name):
    """Grafana's own begin with two underscores."""
    board = DASHBOARDS[name]
    known = {variable["name"] for variable in board["templating"]["list"]}
    used = {found for text in texts(board) for found in VARIABLE.findall(text)}
    assert {found for found in used if not found.startswith("__")} <= known


@each_dashboard
def test_links_lead_somewhere(name):
    board = DASHBOARDS[name]
    for url in urls(board):
        target = urlsplit(url)
        if target.path == "/explore":
            (pane,) = json.loads(parse_qs(target.query)["panes"][0]).values()
            assert all(query["datasource"]["uid"] == pane["datasource"] for query in pane["queries"])
            assert pane["datasource"].strip("${}") in variables(board, "datasource")
        else:
            assert target.path.removeprefix("/d/") in DASHBOARDS


def test_every_dashboard_is_reached_from_the_others():
    for board in DASHBOARDS.values():
        (link,) = board["links"]
        assert link["type"] == "dashboards"
        assert set(link["tags"]) <= set(board["tags"])


def test_titles_are_unique_in_grafana_and_in_a_dashboard():
    assert len({board["title"] for board in DASHBOARDS.values()}) == len(DASHBOARDS)
    for board in DASHBOARDS.values():
        titles = Counter(panel["title"] for panel in board["panels"] if panel["type"] != "row")
        assert [title for title, times in titles.items() if times > 1] == []


def test_every_dashboard_is_documented():
    page = (ROOT / "docs/05_DASHBOARDS.md").read_text()
    assert [board["title"] for board in DASHBOARDS.values() if f"**{board['title']}**" not in page] == []


def test_the_overview_leads_to_all_others():
    paths = {urlsplit(url).path for url in urls(DASHBOARDS["webstore-overview"])}
    assert {f"/d/{name}" for name in DASHBOARDS} - paths == {"/d/webstore-overview"}


@each_dashboard
def test_a_panel_explains_itself(name):
    assert all(panel["title"] for panel in panels(name))
    assert [panel["title"] for panel in panels(name) if not panel["description"].endswith(".")] == []


@each_dashboard
def test_numbers_have_a_unit(name):
    numbers = [panel for panel in panels(name) if panel["type"] not in WITHOUT_NUMBERS]
    assert [panel["title"] for panel in numbers if not all(units(panel))] == []


def units(panel: dict[str, Any]) -> list[str | None]:
    """Of the panel, or of each column with values where it is a table of metrics; Tempo gives its tables their own."""
    if panel["type"] != "table":
        return [panel["fieldConfig"]["defaults"].get("unit")]
    if panel["datasource"]["type"] == "tempo":
        return []
    columns = {
        override["matcher"]["options"]: one["value"]
        for override in panel["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "unit"
    }
    (organize,) = (one["options"] for one in panel["transformations"] if one["id"] == "organize")
    names = organize["renameByName"].items()
    return [columns.get(heading) for name, heading in names if name.startswith("Value")]


@each_dashboard
def test_a_panel_takes_its_data_source_from_a_variable(name):
    known = {f"${{{variable}}}" for variable in variables(DASHBOARDS[name], "datasource")}
    for panel in panels(name):
        own = panel.get("datasource", {})
        assert own.get("uid") in known or (panel["type"] == "text" and not own), panel["title"]
        assert all(target.get("datasource", own) == own for target in panel.get("targets", [])), panel["title"]


@each_dashboard
def test_a_heat_map_shows_exemplars(name):
    maps = [panel for panel in panels(name) if panel["type"] == "heatmap"]
    shown = {panel["title"]: [target["exemplar"] for target in panel["targets"]] for panel in maps}
    assert shown == dict.fromkeys(shown, [True])


@each_dashboard
def test_queries_of_a_panel_have_distinct_names(name):
    for panel in panels(name):
        names = [target["refId"] for target in panel.get("targets", [])]
        assert names or panel["type"] == "text", panel["title"]
        assert len(names) == len(set(names)), panel["title"]


def test_the_dashboards_are_what_their_source_generates():
    check = subprocess.run([sys.executable, "-m", "grafana.src", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
