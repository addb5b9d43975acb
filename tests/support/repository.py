"""The repository's files as data."""

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def load(name: str) -> Any:
    """A YAML file of the repository, by its path from the root."""
    return yaml.safe_load((ROOT / name).read_text())


COMPOSE: dict[str, Any] = load("docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

# Where images are built from, by service.
BUILD_CONTEXTS: dict[str, Path] = {
    name: ROOT / (build if isinstance(build, str) else build["context"])
    for name, service in SERVICES.items()
    if (build := service.get("build"))
}

DATASOURCES: list[dict[str, Any]] = load("grafana/provisioning/datasources/webstore.yaml")["datasources"]
#: By uid, which is also the file's name.
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "grafana/dashboards").glob("*.json"))
}
