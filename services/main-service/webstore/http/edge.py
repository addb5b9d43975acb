"""What every request passes: the limit of its address, and the watch for suspicious ones.

Pure ASGI, within the request's server span, so that a refusal is traced and measured like every other answer.
"""

from opentelemetry import trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webstore import addresses
from webstore.http import problems
from webstore.rate_limits import RateLimited, RateLimits
from webstore.suspicious_activity import SuspiciousActivity

# Probes and scrapes are the operator's own, and a limit must not make a healthy process look dead.
UNLIMITED = {"/health", "/ready", "/metrics"}


class Watch:
    def __init__(self, app: ASGIApp, suspicious_activity: SuspiciousActivity):
        self._app = app
        self._suspicious_activity = suspicious_activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            # Before the answer goes out, as its last part ends the span.
            if message["type"] == "http.response.start":
                await self._suspicious_activity.note(message["status"], _host(scope))
            await send(message)

        if scope["type"] == "http":
            # The instrumentation has put the whole address there, which is personal data.
            trace.get_current_span().set_attribute("client.address", addresses.anonymous(_host(scope)))
        await self._app(scope, receive, watched)


class AddressLimit:
    def __init__(self, app: ASGIApp, limits: RateLimits):
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "http" and scope["path"] not in UNLIMITED:
            try:
                await self._limits.check("ip", addresses.one_client(_host(scope)))
            except RateLimited as error:
                answer = problems.rate_limited(error)
        await answer(scope, receive, send)


def _host(scope: Scope) -> str:
    """The address of the client; of what a trusted proxy forwards, http/forwarded.py has put it there."""
    client = scope.get("client")
    return str(client[0]) if client else ""
