"""Whose request it is: of trusted proxies, what their X-Forwarded-For says."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from webstore import addresses

# A container has another address after a restart, and its old one may be given to another.
FRESH = 2.0  # seconds

Resolve = Callable[[str], Awaitable[list[str]]]


async def resolve(name: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []  # it is not running
    return [str(address[0]) for *_, address in found]


class ProxyHeaders:
    """Uvicorn's own middleware, with the addresses that the names have now.

    Whoever could send the header would choose the address that is limited, so it counts from trusted proxies only: its
    right-most address that is no trusted proxy is the client's.

    Names are resolved beside the requests: a DNS that hangs must not delay one. So a proxy that has just started may be
    taken for the client itself in its first request.
    """

    def __init__(self, app: ASGIApp, proxies: str, resolve: Resolve = resolve):
        self._app = app
        self._networks, self._names = addresses.proxies(proxies)
        self._resolve = resolve
        self._resolved_at = float("-inf")
        self._refresh: asyncio.Task[None] | None = None
        self._trust([])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_busy = self._refresh is not None and not self._refresh.done()
        if self._names and not is_busy and time.monotonic() - self._resolved_at > FRESH:
            self._refresh = asyncio.create_task(self._resolve_names())
        await self._middleware(scope, receive, send)  # type: ignore[arg-type]

    async def _resolve_names(self) -> None:
        found = await asyncio.gather(*map(self._resolve, self._names))
        self._trust([address for one in found for address in one])
        self._resolved_at = time.monotonic()

    def _trust(self, resolved: list[str]) -> None:
        self._middleware = ProxyHeadersMiddleware(self._app, [*self._networks, *resolved])  # type: ignore[arg-type]
