"""The client behind a trusted proxy."""

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from webstore.trusted_proxies import TrustedProxies


class ForwardedClient:
    """uvicorn's own middleware for addresses that change.

    From a trusted proxy, the right-most address in X-Forwarded-For that is no trusted proxy is the client. From others
    the header is ignored: they would choose the address that is limited.
    """

    def __init__(self, app: ASGIApp, proxies: TrustedProxies):
        self._app = app
        self._proxies = proxies
        self._trust()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._proxies.addresses is not self._trusted:
            self._trust()
        await self._middleware(scope, receive, send)  # type: ignore[arg-type] # uvicorn has types of its own for ASGI

    def _trust(self) -> None:
        self._trusted = self._proxies.addresses
        self._middleware = ProxyHeadersMiddleware(self._app, self._trusted)  # type: ignore[arg-type] # as above
