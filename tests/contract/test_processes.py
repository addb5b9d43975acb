"""The tools' own promises about local processes."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.support.polling import eventually
from tools.processes import ProcessError, Processes, free_ports

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802 - the name that http.server calls
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def stranger():
    """A server that is healthy, at a port that somebody else wants."""
    with HTTPServer(("127.0.0.1", free_ports(1)[0]), Healthy) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_ports_are_different_and_no_outgoing_connection_takes_one():
    found = free_ports(500)
    assert len({*found}) == 500
    if EPHEMERAL.exists():
        assert max(found) < int(EPHEMERAL.read_text().split()[0])


def test_a_port_that_is_taken_is_not_free(stranger, monkeypatch):
    monkeypatch.setattr("tools.processes.PORTS", range(stranger, stranger + 1))
    with pytest.raises(ProcessError, match="only 0 of 1 ports"):
        free_ports(1)


def test_a_stranger_at_the_port_is_not_taken_for_the_process(stranger, tmp_path):
    with Processes(tmp_path) as processes:
        processes.start("late", [sys.executable, "-m", "http.server", str(stranger)], tmp_path, {})
        url = f"http://127.0.0.1:{stranger}/health"
        with pytest.raises(ProcessError, match=r"late ended at once[^$]*Address already in use"):
            eventually(lambda: processes.wait_until_healthy("late", url, timeout=5), "the process has ended")
