"""nginx in front of the shop: its limits are those of what is behind it, and together they fit the container."""

import re

import pytest
from webstore.clients import payments, promotions
from webstore.clients.http import LEEWAY
from webstore.http.body_limit import MAX_BODY

from tests.config.test_compose import mebibytes, memory_limit
from tests.support.repository import ROOT, SERVICES, load

FOLDER = ROOT / "frontend/nginx"
COMMENT = re.compile(r"(?:^| )# .*", re.M)
FILES = {path.name: COMMENT.sub("", path.read_text()) for path in sorted(FOLDER.glob("*.conf"))}
CONFIG = "\n".join(FILES.values())
PATIENCE = 10  # seconds that a user waits
UNITS = {"": 1, "k": 1024, "m": 1024**2}


def directive(name: str, text: str = CONFIG) -> str:
    """The arguments of the only one of that name."""
    [arguments] = re.findall(rf"\b{name} ([^;]+);", text)
    return str(arguments)


def size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([km]?)", text).groups()
    return int(number) * UNITS[unit]


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def location(path: str) -> str:
    """From its line to the next location."""
    [text] = re.findall(rf"location [=~^ ]*{re.escape(path)}.+?(?=\n    location |\Z)", FILES["shop.conf"], re.DOTALL)
    return str(text)


def test_every_file_is_included():
    assert {*FILES} - {"nginx.conf"} <= {*re.findall(r"include (\S+);", FILES["nginx.conf"])}


def test_bodies_have_the_limits_of_who_reads_them():
    receiver = load("otel-collector-config.yaml")["receivers"]["otlp/browser"]["protocols"]["http"]
    assert size(directive("client_max_body_size", location("/api/"))) == MAX_BODY
    assert size(directive("client_max_body_size", location("^/otlp/v1/"))) == receiver["max_request_body_size"]


def test_a_request_takes_no_longer_than_a_user_waits():
    connect, read = (directive(f"proxy_{step}_timeout", FILES["upstreams.conf"]) for step in ("connect", "read"))
    assert seconds(connect) + seconds(read) <= PATIENCE


def test_a_checkout_is_waited_for_unless_its_payment_is_tried_twice():
    first_try = (promotions.TIMEOUT + LEEWAY) + (payments.TIMEOUT + LEEWAY)
    assert seconds(directive("proxy_read_timeout", FILES["upstreams.conf"])) >= first_try


def test_a_request_is_sent_once():
    assert directive("proxy_next_upstream") == "off"


def test_no_connection_to_an_upstream_is_kept():
    """It may be closed there just when a request is on its way, which then gets 502."""
    upstreams = re.findall(r"upstream \S+ \{(.+?)\}", FILES["upstreams.conf"], re.DOTALL)
    assert len(upstreams) == 2
    assert all("keepalive 0;" in upstream for upstream in upstreams)


def test_all_connections_together_fit_the_memory_limit():
    number, each = directive("large_client_header_buffers").split()
    headers = size(directive("client_header_buffer_size")) + int(number) * size(each)
    buffers, buffer = directive("proxy_buffers").split()
    in_progress = (
        size(directive("client_body_buffer_size")) + int(buffers) * size(buffer) + size(directive("proxy_buffer_size"))
    )
    connections = int(directive("worker_processes")) * int(directive("worker_connections"))
    at_once = int(directive("limit_conn connections"))
    [tmpfs] = SERVICES["frontend"]["tmpfs"]
    temporary = mebibytes(re.search(r"size=(\d+)m", tmpfs)[1] + "M") * 1024**2
    processes = 12 * 1024**2  # measured: 5 MiB when idle
    most = connections * headers + at_once * in_progress + temporary + processes
    assert most <= memory_limit(SERVICES["frontend"]) * 1024**2


def test_scripts_and_styles_come_from_files_alone():
    policy = re.search(r'Content-Security-Policy "(.+?)"', CONFIG)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "variable", ["remote_addr", "http_user_agent", "args", "query_string", "http_referer", "request"]
)
def test_the_log_has_nothing_personal(variable):
    log_format = re.search(r"log_format .+?;", FILES["access-log.conf"], re.DOTALL)[0]
    assert not re.search(rf"\${variable}\b", log_format)


def test_the_environment_is_what_the_start_reads():
    read = set(re.findall(r"^check_url (\w+) ", (FOLDER / "start.sh").read_text(), re.M))
    assert read == SERVICES["frontend"]["environment"].keys()
