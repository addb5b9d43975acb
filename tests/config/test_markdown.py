"""What the documentation names exists, what it quotes stands there, and its links lead somewhere."""

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.documents import CODE, MARKER, blocks, commands, documents, headings, is_ours, prose
from tests.support.repository import COMPOSE, ROOT, SERVICES, load
from tools.test import SUITES

DOCUMENTS = documents()
DEPLOYMENT = (ROOT / "docs/08_DOCKER_AND_DEPLOYMENT.md").read_text()

CAPTION = re.compile(r"\*\*File\*\*: `(.+)`")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)\s]+)\)")
SOURCES = {
    ".cs",
    ".env.example",
    ".go",
    ".js",
    ".json",
    ".py",
    ".sh",
    ".toml",
    ".yaml",
    ".yml",
    "Dockerfile",
    "Makefile",
}
DESTRUCTIVE = re.compile(r"down (?:\S+ )*(?:-v|--volumes)|--rmi|\bprune\b|volume rm")
#: Compose's commands that take services, and how many; their options that take a value.
SERVICE_ARGUMENTS = {"exec": 1, "port": 1} | dict.fromkeys(
    ("up", "stop", "start", "restart", "build", "logs", "ps", "stats", "top"), 99
)
VALUE_OPTIONS = {"--env-file", "--format", "--since", "--scale", "-p"}

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def code(document: Path) -> str:
    """Everything that is set as code, a line each."""
    return "\n".join([*CODE.findall(prose(document)), *(block.text for block in blocks(document))])


def anchors(document: Path) -> set[str]:
    """As GitHub makes them from headings."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in headings(document)}


def target_exists(name: str) -> bool:
    targets = re.findall(r"^([a-z%-]+):", (ROOT / "Makefile").read_text(), re.M)
    prefixes = [target.removesuffix("%") for target in targets if target.endswith("%")]
    of_patterns = {
        prefix + stem for prefix in prefixes for stem in {*SERVICES, *SUITES, "main", "payments", "promotions"}
    }
    return name in {*targets, *of_patterns}


def services_named(line: str) -> list[str]:
    """The services that one use of Compose names."""
    words = line.split()
    values = {after for option, after in pairwise(words) if option in VALUE_OPTIONS}
    plain = [word for word in words if not word.startswith("-") and word not in values]
    return plain[1 : 1 + SERVICE_ARGUMENTS.get(plain[0], 0)] if plain else []


@each_document
def test_links_lead_somewhere(document):
    for link in LINK.findall(prose(document)):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each_document
def test_excerpts_are_quoted_from_their_file(document):
    for block in blocks(document):
        if caption := CAPTION.fullmatch(block.lead):
            source = (ROOT / caption[1]).read_text()
            assert f"\n{block.text}" in f"\n{source}", f"{document}:{block.line}"


@each_document
def test_files_that_are_named_exist(document):
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for name in CODE.findall(prose(document)):
        is_path = re.fullmatch(r"[\w./*-]+", name) and name.split("/")[0] in folders and "/" in name
        is_file = re.fullmatch(r"[\w./-]+\.(md|ya?ml|py|sh|toml)", name)
        if (is_path or is_file) and "node_modules" not in name:  # made, not written
            assert any(ROOT.glob(name)) or any(document.parent.glob(name)), name


@each_document
def test_make_targets_that_are_named_exist(document):
    named = re.findall(r"^make ([a-z][\w-]*)", code(document), re.M)
    assert not [name for name in named if not target_exists(name)]


@each_document
def test_services_that_are_named_exist(document):
    uses = re.findall(r"docker[ -]compose ([^|;&<>()\"'`\n]+)", code(document))
    named = [word for use in uses for word in services_named(use)]
    assert not [name for name in named if name not in {*SERVICES, "SERVICE"} and not name.startswith("$")]


@each_document
def test_ports_that_are_named_are_open(document):
    on_host = {port for _, port, _ in published()}
    assert set(re.findall(r"(?:localhost|127\.0\.0\.1):(\d+)", document.read_text())) <= on_host

    configuration = "\n".join(path.read_text() for path in ROOT.glob("*.y*ml"))
    in_network = rf"\b({'|'.join(SERVICES)}):(\d+)(?![.\d])"
    known = {*re.findall(in_network, configuration), *((service, inside) for service, _, inside in published())}
    assert set(re.findall(in_network, document.read_text())) <= known


def published() -> list[tuple[str, str, str]]:
    """Service, port on the host, port in the container."""
    return [
        (name, *re.search(r":-(\d+)}:(\d+)$", port).groups())
        for name, service in SERVICES.items()
        for port in service.get("ports", [])
    ]


@pytest.fixture(scope="module")
def sources():
    files = (path for path in ROOT.rglob("*") if {path.name, path.suffix} & SOURCES)
    return "\n".join(path.read_text() for path in files if is_ours(path))


@each_document
def test_environment_variables_that_are_named_exist(document, sources):
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", code(document)))
    assert not [name for name in named if not re.search(rf"\b{name}\b", sources)]


@each_document
def test_commands_are_valid_bash(document):
    for command in commands(document):
        check = subprocess.run(["bash", "-n"], input=command.script, capture_output=True, text=True)
        assert check.returncode == 0, f"{command.document}:{command.line}: {check.stderr}"


@each_document
def test_what_deletes_data_is_never_run(document):
    run = [command for command in commands(document) if not command.not_run]
    assert [f"{one.document}:{one.line}" for one in run if DESTRUCTIVE.search(one.script)] == []


@each_document
def test_comments_are_markers_that_the_tests_know(document):
    comments = re.findall(r"<!--.*?-->", prose(document), re.DOTALL)
    assert not [comment for comment in comments if not MARKER.fullmatch(comment)]


def test_the_readme_is_two_screens_long():
    lines = (ROOT / "README.md").read_text()
    rendered = re.sub(r"^```mermaid.*?^```$|^```.*$", "", lines, flags=re.DOTALL | re.MULTILINE)
    assert len([line for line in rendered.splitlines() if line.strip()]) <= 80


def test_every_alert_has_its_runbook_and_every_runbook_its_alert():
    rules = [rule for group in load("prometheus-alerts.yml")["groups"] for rule in group["rules"]]
    alerts = [rule["alert"] for rule in rules if "alert" in rule]
    assert [text for level, text in headings(ROOT / "docs/runbooks.md") if level == 2] == alerts


def test_every_problem_of_the_shop_is_explained():
    source = (ROOT / "services/main-service/webstore/http/problems.py").read_text()
    explained = (ROOT / "docs/09_TROUBLESHOOTING.md").read_text()
    problems = set(re.findall(r'\((\d{3}), "([a-z-]+)"', source))
    assert problems
    assert problems <= set(re.findall(r"^\| (\d{3}) \| `([a-z-]+)`", explained, re.M))


@pytest.mark.parametrize("name", [*SERVICES, *COMPOSE["volumes"]])
def test_every_service_and_volume_has_a_row(name):
    assert re.search(rf"^\|.*\b{name} \|", DEPLOYMENT, re.M)


def test_every_image_has_a_row():
    for name, service in SERVICES.items():
        assert "image" not in service or f"| {name} | `{service['image']}` |" in DEPLOYMENT


def test_every_port_has_a_row():
    for service in SERVICES.values():
        for port in service.get("ports", []):
            variable, on_host, inside = re.search(r"{(\w+):-(\d+)}:(\d+)$", port).groups()
            assert f"| {on_host} | {inside} | `{variable}` |" in DEPLOYMENT


def test_the_table_of_memory_limits_is_right():
    rows = dict(re.findall(r"^\| (\d+M) \| (.+) \|$", DEPLOYMENT, re.M))
    documented = {service: limit for limit, services in rows.items() for service in services.split(", ")}
    assert documented == {
        name: service["deploy"]["resources"]["limits"]["memory"] for name, service in SERVICES.items()
    }
