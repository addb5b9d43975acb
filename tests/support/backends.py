"""Takes telemetry and profiles as a collector and Pyroscope do, and throws them away: what they cost to make and send
is the shop's, what they cost to keep is not.

python -m tests.support.backends OTLP_PORT PYROSCOPE_PORT
"""

import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc


class Backends:
    """Listens on 127.0.0.1 inside `with`; port 0 lets the system choose."""

    def __init__(self, otlp_port: int = 0, pyroscope_port: int = 0):
        #: Requests by where they went: "otlp" or "profiles".
        self.taken: Counter[str] = Counter()
        self._grpc = grpc.server(ThreadPoolExecutor(max_workers=2), handlers=[_Otlp(self.taken)])
        port = self._grpc.add_insecure_port(f"127.0.0.1:{otlp_port}")
        self._http = ThreadingHTTPServer(("127.0.0.1", pyroscope_port), _profiles(self.taken))
        self.otlp = f"http://127.0.0.1:{port}"
        self.pyroscope = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> "Backends":
        self._grpc.start()
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._grpc.stop(grace=1)
        self._http.shutdown()
        self._http.server_close()


class _Otlp(grpc.GenericRpcHandler):
    """Answers every method with an empty message, which is a success of every export."""

    def __init__(self, taken: Counter[str]):
        self._taken = taken

    def service(self, handler_call_details: object) -> grpc.RpcMethodHandler:
        def take(_request: bytes, _context: object) -> bytes:
            self._taken["otlp"] += 1
            return b""

        return grpc.unary_unary_rpc_method_handler(take)


def _profiles(taken: Counter[str]) -> type[BaseHTTPRequestHandler]:
    class Profiles(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802 - the base class's name
            self._answer()

        def do_POST(self) -> None:  # noqa: N802 - the base class's name
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            taken["profiles"] += 1
            self._answer()

        def _answer(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Profiles


if __name__ == "__main__":
    with Backends(*map(int, sys.argv[1:])):
        threading.Event().wait()
