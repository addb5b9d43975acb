"""Requests as they are written, and every header line of the response: no path is tidied up, no redirect followed."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class Response:
    status: int
    #: Names in lower case, in the order of the response.
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Of each header line of that name."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        """The only one; empty when there is none."""
        values = self.values(name)
        assert len(values) <= 1, f"{name} stands more than once: {values}"
        return values[0] if values else ""

    def json(self) -> Any:
        return json.loads(self.body)


def request(url: str, method: str, path: str, body: bytes | None = None, **headers: str) -> Response:
    """Header names are given with underscores."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Response(
            response.status, [(name.lower(), value) for name, value in response.getheaders()], response.read()
        )
    finally:
        connection.close()
