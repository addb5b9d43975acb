"""nginx in front of the shop: what it serves, passes on and rejects, and what a user gets while a service is away."""

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.support import engines
from tests.support.concurrency import at_once
from tests.support.plain_http import Response, request
from tests.support.polling import eventually
from tests.support.stack import FRONTEND_URL, PROJECT, SHOP_URL, Stack
from tools.shop_client import new_traceparent

SOON = 60  # seconds
PATIENCE = 10  # seconds that a user waits for a response, whatever happens
MEMORY_LIMIT = 64  # MiB
KIB = 1024
PAGE, PROBLEM, JSON = "text/html", "application/problem+json", "application/json"
SECURITY_HEADERS = {
    "content-security-policy": r"default-src 'none'; .*frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=.*",
}
NOT_STORED, CHECKED, FOR_EVER = "no-store", "no-cache", "public, max-age=31536000, immutable"

#: Method, path, bytes in the body; status, type and Cache-Control.
REQUESTS = [
    ("GET", "/", 0, 200, PAGE, CHECKED),
    ("HEAD", "/", 0, 200, PAGE, CHECKED),
    ("GET", "/index.html", 0, 200, PAGE, CHECKED),
    ("GET", "/orders/17", 0, 200, PAGE, CHECKED),
    ("GET", "/US/products/3?from=mail", 0, 200, PAGE, CHECKED),
    ("GET", "/apis", 0, 200, PAGE, CHECKED),
    ("GET", "ASSET", 0, 200, "", FOR_EVER),
    ("HEAD", "ASSET", 0, 200, "", FOR_EVER),
    ("GET", "/config.json", 0, 200, JSON, NOT_STORED),
    ("GET", "/health", 0, 200, JSON, CHECKED),
    # A page of an earlier deployment, and curious visitors.
    ("GET", "/assets/gone-1a2b3c4d.js", 0, 404, PAGE, NOT_STORED),
    ("GET", "/assets/", 0, 404, PAGE, NOT_STORED),
    ("GET", "/assets", 0, 200, PAGE, CHECKED),
    ("GET", "/.env", 0, 404, PAGE, NOT_STORED),
    ("GET", "/.git/config", 0, 404, PAGE, NOT_STORED),
    ("GET", "/index.html.gz", 0, 404, PAGE, NOT_STORED),
    ("GET", "ASSET.gz", 0, 404, PAGE, NOT_STORED),
    # Files are read and nothing else.
    ("POST", "/", 10, 405, PAGE, NOT_STORED),
    ("PUT", "/index.html", 10, 405, PAGE, NOT_STORED),
    ("DELETE", "ASSET", 0, 405, PAGE, NOT_STORED),
    ("POST", "/config.json", 10, 405, PAGE, NOT_STORED),
    ("OPTIONS", "/", 0, 405, PAGE, NOT_STORED),
    ("TRACE", "/", 0, 405, PAGE, NOT_STORED),
    ("POST", "/", 2 * KIB, 413, PAGE, NOT_STORED),
    # The API: main-service responds, unless the path has two readings.
    ("GET", "/api/US/products", 0, 200, JSON, NOT_STORED),
    ("GET", "/api/health", 0, 200, JSON, NOT_STORED),
    ("GET", "/api//US/products", 0, 404, PROBLEM, NOT_STORED),
    ("GET", "/api/XX/products", 0, 422, PROBLEM, NOT_STORED),
    ("DELETE", "/api/coupons", 0, 405, PROBLEM, NOT_STORED),
    ("GET", "/api/cart", 0, 401, PROBLEM, NOT_STORED),
    ("GET", "/api", 0, 404, PROBLEM, NOT_STORED),
    ("GET", "/api/../api/coupons", 0, 400, PROBLEM, NOT_STORED),
    ("GET", "/api/./coupons", 0, 400, PROBLEM, NOT_STORED),
    ("GET", "/api/x%2f..%2fcoupons", 0, 400, PROBLEM, NOT_STORED),
    ("GET", "/x/../api/coupons", 0, 400, PROBLEM, NOT_STORED),
    ("GET", "//api/coupons", 0, 400, PROBLEM, NOT_STORED),
    ("GET", "/%61pi/coupons", 0, 400, PROBLEM, NOT_STORED),
    ("POST", "/api/cart/add", 64 * KIB, 400, PROBLEM, NOT_STORED),
    ("POST", "/api/cart/add", 64 * KIB + 1, 413, PROBLEM, NOT_STORED),
    ("POST", "/api/cart/add", 5 * KIB * KIB, 413, PROBLEM, NOT_STORED),
    # Telemetry: the collector judges what is in it.
    ("GET", "/otlp/v1/traces", 0, 405, PROBLEM, NOT_STORED),
    ("OPTIONS", "/otlp/v1/logs", 0, 405, PROBLEM, NOT_STORED),
    ("POST", "/otlp/v1/metrics", 2, 404, PROBLEM, NOT_STORED),
    ("POST", "/otlp/v1/traces/", 2, 404, PROBLEM, NOT_STORED),
    ("POST", "/otlp/v1development/profiles", 2, 404, PROBLEM, NOT_STORED),
    ("GET", "/otlp", 0, 404, PROBLEM, NOT_STORED),
    ("POST", "/otlp/v1/logs", 128 * KIB, 400, JSON, NOT_STORED),
    ("POST", "/otlp/v1/logs", 128 * KIB + 1, 413, PROBLEM, NOT_STORED),
    ("POST", "/otlp/v1/traces", 200_000, 413, PROBLEM, NOT_STORED),
]
#: As bytes on the wire; what comes back must be of 4xx, or nothing.
HOSTILE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    "NUL in the path": b"GET /api/\0 HTTP/1.1\r\nHost: shop\r\n\r\n",
    "no host": b"GET /api/coupons HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/coupons HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "length and chunks": b"POST /api/cart/add HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /api/cart/add HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "negative length": b"POST /api/cart/add HTTP/1.1\r\nHost: shop\r\nContent-Length: -1\r\n\r\n",
    "absurd length": b"POST /otlp/v1/logs HTTP/1.1\r\nHost: shop\r\nContent-Length: 99999999999999\r\n\r\n",
    "long path": b"GET /api/" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: shop\r\n\r\n",
    "long header": b"GET /api/coupons HTTP/1.1\r\nHost: shop\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    "many headers": b"GET /api/coupons HTTP/1.1\r\nHost: shop\r\n" + b"X: aaaaaaaaaaaaaaaa\r\n" * 2000 + b"\r\n",
    "another host's URL": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "space in the path": b"GET /api/cou pons HTTP/1.1\r\nHost: shop\r\n\r\n",
    "NUL in a header": b"GET /api/coupons HTTP/1.1\r\nHost: shop\r\nX: a\0b\r\n\r\n",
}


def ask(method: str, path: str, size: int = 0, **headers: str) -> Response:
    body = b"x" * size if size else None
    return request(FRONTEND_URL, method, path, body, **{"Content_Type": "application/json", **headers})


@pytest.fixture(scope="module")
def asset(stack: Stack) -> str:
    """The path of a script that the page loads."""
    return re.search(r'src="(/assets/[^"]+\.js)"', ask("GET", "/").body.decode())[1]  # type: ignore[index]


# --- What is served, and how -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "size", "status", "kind", "caching"), REQUESTS)
def test_each_request_gets_its_status_and_headers(
    asset: str, method: str, path: str, size: int, status: int, kind: str, caching: str
) -> None:
    response = ask(method, path.replace("ASSET", asset), size)
    assert response.status == status, response.body[:200]
    assert response.header("content-type").startswith(kind)
    assert response.header("cache-control") == caching
    for name, value in SECURITY_HEADERS.items():
        assert re.fullmatch(value, response.header(name)), name
    assert not re.search(r"\d", response.header("server"))
    if status == 405:
        assert response.header("allow")
    if kind == PROBLEM and method != "HEAD":
        assert response.json()["status"] == status
        assert response.json()["type"].startswith("urn:webstore:problem:")


def test_a_script_is_compressed_for_those_who_take_it(asset: str) -> None:
    plain, small = ask("GET", asset), ask("GET", asset, Accept_Encoding="gzip")
    assert small.header("content-encoding") == "gzip"
    assert small.header("vary") == plain.header("vary") == "Accept-Encoding"
    assert not plain.header("content-encoding")


def test_the_configuration_of_the_pages_comes_from_the_environment(stack: Stack) -> None:
    config = ask("GET", "/config.json").json()
    assert config["grafanaUrl"] == "http://localhost:3000"
    assert config["docsUrl"] == f"{SHOP_URL.replace('127.0.0.1', 'localhost')}/docs"
    assert engines.query(f'frontend_build_info{{version="{config["version"]}"}}')


def test_a_setting_that_would_end_its_quotes_stops_the_start(stack: Stack) -> None:
    """Else it would be part of nginx's configuration."""
    for value in (
        'http://x"; return 200 "',
        "http://x'; }",
        "http://$host",
        "javascript:alert(1)",
        "http://a\nb",
        "",
        "x",
    ):
        run = (
            "docker",
            "compose",
            "run",
            "--rm",
            "--no-deps",
            "-T",
            "-e",
            f"GRAFANA_URL={value}",
            "frontend",
            "nginx",
            "-t",
        )
        output = stack.run(*run, check=False)
        assert "GRAFANA_URL" in output, output
        assert "successful" not in output


def test_the_path_and_query_reach_main_service_as_they_are(stack: Stack) -> None:
    trace_id, traceparent = new_traceparent()
    path = "/US/products/3?q=a%2Fb%20c&q=%C3%A4;+&=&&x=/../"
    assert ask("GET", f"/api{path}", traceparent=traceparent).status == 200
    [span] = eventually(
        lambda: [one for one in engines.trace(trace_id) if one.name == "GET /{country}/products/{product_id}"],
        "main-service's span",
        SOON,
    )
    assert span.attributes["url.path"] + "?" + span.attributes["url.query"] == path


def test_a_problem_of_nginx_has_the_trace(stack: Stack) -> None:
    trace_id, traceparent = new_traceparent()
    assert ask("GET", "/api/../x/../api/y", traceparent=traceparent).json()["trace_id"] == trace_id
    assert "trace_id" not in ask("GET", "/api/../x/../api/y").json()
    for nonsense in ('00-"-1-01', f"00-{'0' * 32}-{'1' * 16}-01", "x" * 4000):
        assert "trace_id" not in ask("GET", "/api/../x/../api/y", traceparent=nonsense).json()


# --- What is logged ----------------------------------------------------------------------------------------------


def test_the_log_has_each_request_and_no_personal_data(stack: Stack) -> None:
    trace_id, traceparent = new_traceparent()
    ask("GET", "/api/US/products?email=jane@example.com", traceparent=traceparent, User_Agent='"\\\x7f', Cookie="a=b")
    lines = logged(stack)
    [line] = [line for line in lines if line["trace_id"] == trace_id]
    expected = {
        "level": "info",
        "message": "GET /api/US/products",
        "service.name": "frontend",
        "http.request.method": "GET",
        "url.path": "/api/US/products",
        "http.response.status_code": 200,
        "upstream.status_code": "200",
    }
    assert {name: line[name] for name in expected} == expected
    assert 0 < line["duration"] < PATIENCE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"])
    assert not re.search(r"jane|\d+\.\d+\.\d+\.\d+|\?", json.dumps([{**one, "timestamp": ""} for one in lines]))


def logged(stack: Stack) -> list[dict[str, object]]:
    """Every line is JSON."""
    output = stack.run("docker", "compose", "logs", "--no-log-prefix", "--tail=500", "frontend")
    return [json.loads(line) for line in output.splitlines()]


# --- Hostile clients ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_bytes_get_a_client_error(stack: Stack, kind: str) -> None:
    response = exchange(HOSTILE[kind])
    assert not response or re.match(rb"HTTP/1\.1 4\d\d |<html>", response), response[:100]
    assert ask("GET", "/health").status == 200


def exchange(sent: bytes) -> bytes:
    """What comes back until nginx closes or says no more."""
    with connected() as connection:
        try:
            connection.sendall(sent)
            return connection.recv(65536)
        except (ConnectionError, TimeoutError):
            return b""


@contextmanager
def connected() -> Iterator[socket.socket]:
    address = urlsplit(FRONTEND_URL)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        yield connection


def test_half_sent_headers_do_not_keep_others_out(stack: Stack) -> None:
    halves = [socket.create_connection(("127.0.0.1", urlsplit(FRONTEND_URL).port or 80), 10) for _ in range(200)]
    try:
        for half in halves:
            half.sendall(b"GET /api/US/products HTTP/1.1\r\nHost: shop\r\nX-Half: " + b"a" * 4000)
        began = time.monotonic()
        assert [ask("GET", "/api/health").status for _ in range(5)] == [200] * 5
        assert time.monotonic() - began < 5
        eventually(lambda: all(map(is_closed, halves)), "nginx to close the half-sent requests", 30)
    finally:
        for half in halves:
            half.close()


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return connection.recv(1024) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_64_clients_at_once_are_served_within_the_memory_limit(stack: Stack, asset: str) -> None:
    paths = ["/api/US/products", asset, "/", "/config.json"]

    def visit() -> Counter[int]:
        return Counter(ask("GET", path).status for _ in range(5) for path in paths)

    assert sum(at_once([visit] * 64), Counter()) == {200: 64 * 5 * len(paths)}
    bodies = [lambda: ask("POST", "/otlp/v1/logs", 128 * KIB).status] * 64
    assert {*at_once(bodies)} <= {400, 429, 502, 503, 504}
    usage = stack.run("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", f"{PROJECT}-frontend-1")
    print(f"frontend: {usage.strip()}")
    assert float(usage.split("MiB")[0]) < MEMORY_LIMIT * 0.8
    assert stack.containers()["frontend"]["Health"] == "healthy"


def test_too_much_telemetry_of_an_address_is_rejected_for_a_while(stack: Stack) -> None:
    empty = b'{"resourceLogs":[]}'
    responses = at_once(
        [lambda: request(FRONTEND_URL, "POST", "/otlp/v1/logs", empty, Content_Type="application/json")] * 80
    )
    statuses = Counter(response.status for response in responses)
    assert statuses.keys() == {200, 429}
    rejected = next(response for response in responses if response.status == 429)
    assert rejected.header("retry-after") == "30"
    assert rejected.json()["type"] == "urn:webstore:problem:rate-limited"
    eventually(lambda: ask("POST", "/otlp/v1/logs", 1).status == 400, "telemetry to be taken again", SOON)


# --- One address for each shopper --------------------------------------------------------------------------------

#: Run in a container of the third parties: the statuses of requests, each with a made-up address.
FORGE = (
    "const statuses = []; const [url, number] = process.argv.slice(1);"
    "for (let i = 0; i < Number(number); i++) {"
    "  const address = `198.51.100.${i}`;"
    "  const headers = { 'X-Forwarded-For': address, 'X-Real-IP': address, Forwarded: `for=${address}` };"
    "  statuses.push((await fetch(url, { headers })).status); }"
    "console.log(JSON.stringify(statuses));"
)


def test_an_abuser_behind_nginx_does_not_lock_others_out(stack: Stack) -> None:
    """And a forged header helps neither through nginx nor directly."""
    through, directly = "http://frontend/api/coupons", "http://main-service:8000/coupons"
    with main_service(stack, RATE_LIMIT_IP="30/minute"):
        eventually(lambda: trusts_nginx(stack), "nginx to be trusted", SOON)
        assert Counter(statuses_from(stack, "crm-system", through, 40)) == {200: 30, 429: 10}
        assert statuses_from(stack, "inventory-system", through, 1) == [200]
        assert statuses_from(stack, "crm-system", directly, 5) == [429] * 5


def trusts_nginx(stack: Stack) -> bool:
    """Whether main-service has resolved the name since it began."""
    output = stack.run("docker", "compose", "logs", "--no-log-prefix", "main-service")
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return any((line.get("event.name"), line.get("proxy.name")) == ("proxy.resolved", "frontend") for line in lines)


def statuses_from(stack: Stack, service: str, url: str, number: int) -> list[int]:
    node = ("node", "--input-type=module", "-e", FORGE, url, str(number))
    output = stack.run("docker", "compose", "exec", "-T", service, *node)
    return list(json.loads(output.splitlines()[-1]))


@contextmanager
def main_service(stack: Stack, **environment: str) -> Iterator[None]:
    """With these settings inside, and as before afterwards."""
    start = ("docker", "compose", "up", "-d", "--wait", "main-service")
    stack.run("env", *(f"{name}={value}" for name, value in environment.items()), *start)
    try:
        yield
    finally:
        stack.run(*start)


# --- While a service is away -------------------------------------------------------------------------------------


def test_without_main_service_a_page_gets_a_problem_at_once_and_the_shop_back_by_itself(stack: Stack) -> None:
    with stack.without("main-service"):
        trace_id, traceparent = new_traceparent()
        response = timed("POST", "/api/checkout", traceparent=traceparent)
        assert_unreachable(response)
        assert response.json()["trace_id"] == trace_id
        assert ask("GET", "/").status == 200
    eventually(lambda: ask("GET", "/api/US/products").status == 200, "the shop again", SOON)


def test_a_main_service_at_another_address_is_found(stack: Stack) -> None:
    network = f"{PROJECT}_default"
    stack.run("docker", "compose", "rm", "--stop", "--force", "main-service")
    # Takes the address that has become free.
    taker = stack.run(
        "docker", "run", "-d", "--rm", "--network", network, "busybox:1.37.0-musl", "sleep", "300"
    ).split()[-1]
    try:
        stack.run("docker", "compose", "up", "-d", "--wait", "main-service")
        eventually(lambda: ask("GET", "/api/US/products").status == 200, "the shop at its new address", SOON)
    finally:
        stack.run("docker", "rm", "--force", taker)


def test_a_main_service_that_hangs_is_given_up_and_its_checkout_is_unknown(stack: Stack) -> None:
    with stack.paused("main-service"):
        response = timed("POST", "/api/checkout")
        assert (response.status, response.header("content-type")) == (504, PROBLEM)
        assert response.json()["detail"].endswith("Whether the request took effect is not known.")
    eventually(lambda: ask("GET", "/api/US/products").status == 200, "the shop again", SOON)


def test_without_the_collector_the_shop_sells_and_telemetry_gets_a_problem(stack: Stack) -> None:
    with stack.without("otel-collector"):
        assert ask("GET", "/api/US/products").status == 200
        response = timed("POST", "/otlp/v1/traces")
        assert_unreachable(response)
    eventually(lambda: ask("POST", "/otlp/v1/traces", 1).status == 400, "the collector again", SOON)


def assert_unreachable(response: Response) -> None:
    """504 while Docker's DNS still has the address, 502 after that."""
    assert response.status in (502, 504)
    assert (response.header("content-type"), response.header("retry-after")) == (PROBLEM, "5")
    assert response.json()["detail"].endswith("The request was not sent.")


def timed(method: str, path: str, **headers: str) -> Response:
    began = time.monotonic()
    response = ask(method, path, 2, **headers)
    assert time.monotonic() - began <= PATIENCE
    return response
