"""The HTTP client that all dependencies share the making of."""

from typing import Any

import httpx

# Connections are made in well under this on one network; a longer wait means that nobody is there.
CONNECT_TIMEOUT = 1.0  # seconds
# A request that finds the pool used up waits this long for its turn: the dependency is then the bottleneck.
POOL_TIMEOUT = 1.0  # seconds

#: The request never left, so it had no effect.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class JsonClient:
    """A client of one dependency. Calls name the URL's template, which the span and its name carry."""

    def __init__(self, base_url: str, timeout: float, connections: int = 100):
        """`timeout` is for the answer, in seconds; `connections` bounds what one dependency can take of us."""
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(timeout, connect=CONNECT_TIMEOUT, pool=POOL_TIMEOUT),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    async def post(
        self,
        template: str,
        body: dict[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
        **parameters: str,
    ) -> httpx.Response:
        """Raises httpx.TransportError when there is no answer."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else None
        return await self._send("POST", template, parameters, json=body, headers=headers)

    async def get(self, template: str, **parameters: str) -> httpx.Response:
        return await self._send("GET", template, parameters)

    async def _send(self, method: str, template: str, parameters: dict[str, str], **rest: Any) -> httpx.Response:
        return await self._client.request(
            method, template.format(**parameters), extensions={"url.template": template}, **rest
        )

    async def close(self) -> None:
        await self._client.aclose()
