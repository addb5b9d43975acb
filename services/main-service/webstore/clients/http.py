"""The HTTP client that all dependencies share the making of: bounded in time and number, with retries and a breaker."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

from webstore.clients.circuit import Circuit, CircuitOpen
from webstore.clients.retry import NOT_CONNECTED, Retries
from webstore.telemetry import metrics

# Connections are made in well under this on one network; a longer wait means that nobody is there.
CONNECT_TIMEOUT = 1.0  # seconds
# A request that finds the pool used up waits this long for its turn: the dependency is then the bottleneck.
POOL_TIMEOUT = 1.0  # seconds
# On top of a call's time-out, for what httpx bounds one by one only: waits before the request, an answer in drops.
LEEWAY = 0.5  # seconds

ATTEMPTS = 3

#: Faults that may pass. Of a gateway they are about somebody behind it.
TRANSIENT = frozenset({502, 503, 504})

#: The request never left, so it had no effect.
NOT_SENT = (*NOT_CONNECTED, httpx.PoolTimeout, CircuitOpen)


class JsonClient:
    """A client of one dependency. Calls name the URL's template, which the span and its name carry."""

    def __init__(
        self,
        dependency: str,
        base_url: str,
        *,
        timeout: float,
        connections: int,
        attempts: int = ATTEMPTS,
        is_gateway: bool = False,
    ):
        """A call takes at most `timeout` and LEEWAY seconds, with all its attempts. `connections` bounds what one
        dependency can take of us. A gateway's transient faults are passed on at once: it has made its own retries and
        has its own breaker, and it is itself well.
        """
        self._dependency = dependency
        self._timeout = timeout
        self._passed_on = TRANSIENT if is_gateway else frozenset()
        self._retries = Retries(dependency, attempts, timeout, TRANSIENT - self._passed_on)
        self._circuit = Circuit(dependency, self._is_fault)
        self._client = httpx.AsyncClient(
            base_url=base_url,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )
        metrics.dependency_call_limit.set(connections, {"dependency": dependency})

    async def post(
        self,
        template: str,
        body: dict[str, Any] | None = None,
        *,
        repeatable: bool,
        idempotency_key: str | None = None,
        **parameters: str,
    ) -> httpx.Response:
        """Raises httpx.TransportError when there is no answer."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else None
        return await self._call("POST", template, parameters, repeatable, json=body, headers=headers)

    async def get(self, template: str, **parameters: str) -> httpx.Response:
        """Raises httpx.TransportError when there is no answer."""
        return await self._call("GET", template, parameters, repeatable=True)

    async def _call(
        self, method: str, template: str, parameters: dict[str, str], repeatable: bool, **rest: Any
    ) -> httpx.Response:
        url = template.format(**parameters)
        request = partial(self._client.request, method, url, extensions={"url.template": template}, **rest)
        attempt = partial(self._attempt, request, deadline=_now() + self._timeout)
        return await self._retries.run(partial(self._circuit.call, attempt), repeatable)

    async def _attempt(self, request: Callable[..., Awaitable[httpx.Response]], deadline: float) -> httpx.Response:
        timeout = httpx.Timeout(deadline - _now(), connect=CONNECT_TIMEOUT, pool=POOL_TIMEOUT)
        try:
            async with asyncio.timeout_at(deadline + LEEWAY):
                return await request(timeout=timeout)
        except TimeoutError as error:
            raise httpx.ReadTimeout("The answer did not come to its end in time") from error
        except httpx.PoolTimeout:
            metrics.dependency_rejections.add(1, {"dependency": self._dependency, "reason": "pool_exhausted"})
            raise

    def _is_fault(self, response: httpx.Response) -> bool:
        return response.is_server_error and response.status_code not in self._passed_on

    async def close(self) -> None:
        await self._client.aclose()


def _now() -> float:
    return asyncio.get_running_loop().time()
