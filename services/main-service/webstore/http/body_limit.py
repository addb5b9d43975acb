"""A bound on request bodies: the largest honest one has a few hundred bytes."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024  # bytes


class BodyLimit:
    """Stops reading where the limit is passed, so that it also holds for bodies of undeclared length."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MAX_BODY:
                raise HTTPException(413, f"A body has at most {MAX_BODY} bytes.")
            return message

        await self._app(scope, limited, send)
