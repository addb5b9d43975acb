"""A real HTTP server on loopback that follows a script, also in what no framework would do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.polling import TIMEOUT, delay_on_loop

#: In place of a status: close the connection without an answer, never answer, or send the answer byte by byte.
DROP, HANG, DRIP = "drop", "hang", "drip"
DRIP_DELAY = 0.1  # seconds between two bytes


@dataclass
class Peer:
    url: str = ""
    #: The next answers; the last one stays.
    script: list[int | str] = field(default_factory=lambda: [200])
    body: bytes = b"{}"
    #: Lines beside those that every answer has.
    headers: list[str] = field(default_factory=list)
    #: Seconds before each answer.
    delay: float = 0
    _arrival: asyncio.Condition = field(default_factory=asyncio.Condition)
    #: Request lines, the bodies that came with them, and their Idempotency-Keys.
    requests: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    async def wait_for_requests(self, number: int) -> None:
        async with asyncio.timeout(TIMEOUT), self._arrival:
            await self._arrival.wait_for(lambda: len(self.requests) >= number)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has closed the connection
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.bodies.append(await reader.readexactly(int(_header(head, "content-length") or 0)))
        self.keys.append(_header(head, "idempotency-key"))
        async with self._arrival:
            self.requests.append(head.split("\r\n", 1)[0])
            self._arrival.notify_all()
        await delay_on_loop(self.delay)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if step == DROP:
            return False
        if step == HANG:
            await reader.read()  # until the client gives up
            return False
        answer = _answer(200 if step == DRIP else step, self.headers, self.body)
        for byte in answer if step == DRIP else ():
            writer.write(bytes([byte]))
            await writer.drain()
            await delay_on_loop(DRIP_DELAY)
        if step != DRIP:
            writer.write(answer)
        return step != DRIP


@asynccontextmanager
async def listening(script: list[int | str]) -> AsyncIterator[Peer]:
    peer = Peer(script=script)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    peer.url = f"http://{host}:{port}"
    yield peer
    server.close()


def _header(head: str, name: str) -> str | None:
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    return next((value for found, value in headers.items() if found.lower() == name), None)


def _answer(status: int | str, headers: list[str], body: bytes) -> bytes:
    lines = [
        f"HTTP/1.1 {status} x",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body
