"""Grafana's API: what it serves, and what its data sources answer through it."""

import json
import urllib.error
from typing import Any

from tests.support import engines

GRAFANA = "http://127.0.0.1:3000"
RANGE = 900  # seconds that a query looks back: longer than the tests take


def settings(source: str) -> dict[str, Any]:
    """What Grafana knows of a data source and of its links to others."""
    return dict(asked(f"/api/datasources/uid/{source}")["jsonData"])


def has_values(source: str, target: dict[str, Any]) -> bool:
    """Whether any frame of the answer has a value that is a number or a line."""
    query = {**target, "refId": "A", "datasource": {"type": source, "uid": source}, "intervalMs": 10_000}
    body = {"queries": [{**query, "maxDataPoints": 200}], "from": f"now-{RANGE}s", "to": "now"}
    frames = asked("/api/ds/query", body)["results"]["A"]["frames"]
    return any(value is not None for frame in frames for column in frame["data"]["values"][1:] for value in column)


def proxied(source: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    return asked(f"/api/datasources/proxy/uid/{source}{path}", body)


def asked(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A refusal says why: a query that does not parse must not look like one without data."""
    try:
        return engines.post(GRAFANA + path, body) if body else dict(json.loads(engines.text(GRAFANA + path)))
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{error.code} from {path}: {error.read().decode()}") from error
