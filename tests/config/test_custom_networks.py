"""The example of docs/08 that gives each side a network: whoever must reach another one still does, and no one else."""

from itertools import combinations

import pytest
import yaml

from tests.support.documents import blocks
from tests.support.repository import ROOT, SERVICES, load

PAGE = ROOT / "docs/08_DOCKER_AND_DEPLOYMENT.md"
TITLE = "# docker-compose.override.yml"
#: Who calls whom beside those that wait for each other.
CALLS = {("frontend", "otel-collector"), ("grafana", "alertmanager"), ("prometheus", "alertmanager")}


def networks() -> dict[str, set[str]]:
    """Those of each service, once Compose has merged the example in."""
    (example,) = [block.text for block in blocks(PAGE) if block.text.startswith(TITLE)]
    merged = yaml.safe_load(example)
    assert merged["services"].keys() <= SERVICES.keys()
    own = {name: set(service["networks"]) for name, service in merged["services"].items()}
    assert {name for found in own.values() for name in found} - {"default"} == merged["networks"].keys()
    return {name: own.get(name, {"default"}) for name in SERVICES}


def scraped() -> set[str]:
    jobs = load("prometheus.yml")["scrape_configs"]
    targets = {target for job in jobs for config in job["static_configs"] for target in config["targets"]}
    return {target.split(":")[0] for target in targets} & SERVICES.keys()


def needed() -> set[tuple[str, str]]:
    waits = {(name, other) for name, service in SERVICES.items() for other in service.get("depends_on", {})}
    return waits | CALLS | {("prometheus", target) for target in scraped()}


@pytest.mark.parametrize(("caller", "called"), sorted(needed()))
def test_callers_share_a_network_with_whom_they_call(caller: str, called: str) -> None:
    assert networks()[caller] & networks()[called]


def test_the_front_end_reaches_no_database_and_no_store() -> None:
    found = networks()
    reached = {other for other in SERVICES if other != "frontend" and found["frontend"] & found[other]}
    assert reached == {"main-service", "otel-collector", "prometheus"}


def test_databases_are_reached_by_their_owners_alone() -> None:
    found = networks()
    together = {frozenset(pair) for pair in combinations(SERVICES, 2) if found[pair[0]] & found[pair[1]]}
    assert {name for pair in together if "postgres" in pair for name in pair} == {
        "postgres",
        "redis",
        "main-service",
        "promotions-service",
    }
