"""Grafana's API: what it serves, and what its data sources return through it."""

import json
import urllib.error
from dataclasses import dataclass
from typing import Any

from tests.support import engines

GRAFANA = "http://127.0.0.1:3000"


@dataclass(frozen=True)
class TimeRange:
    """What a dashboard shows, in seconds since 1970. An instant query is evaluated at its end."""

    since: float
    until: float

    @property
    def seconds(self) -> int:
        return int(self.until - self.since)


def settings(source: str) -> dict[str, Any]:
    """What Grafana knows of a data source and of its links to others."""
    return dict(request(f"/api/datasources/uid/{source}")["jsonData"])


def has_values(source: str, target: dict[str, Any], shown: TimeRange) -> bool:
    """Whether any frame of the response has a value that is a number or a line."""
    query = {**target, "refId": "A", "datasource": {"type": source, "uid": source}, "intervalMs": 10_000}
    body = {
        "queries": [{**query, "maxDataPoints": 200}],
        "from": str(int(shown.since * 1000)),
        "to": str(int(shown.until * 1000)),
    }
    frames = request("/api/ds/query", body)["results"]["A"]["frames"]
    return any(value is not None for frame in frames for column in frame["data"]["values"][1:] for value in column)


def proxied(source: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    return request(f"/api/datasources/proxy/uid/{source}{path}", body)


def request(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """An error says why: a query that does not parse must not look like one without data."""
    try:
        return engines.post(GRAFANA + path, body) if body else dict(json.loads(engines.text(GRAFANA + path)))
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{error.code} from {path}: {error.read().decode()}") from error
