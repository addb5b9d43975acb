"""otel-collector-config.yaml: nothing unused, nothing lost, nothing personal let through."""

import re

import pytest

from tests.support.repository import ROOT, load

CONFIG = load("otel-collector-config.yaml")
PIPELINES = CONFIG["service"]["pipelines"]
REDACTION = CONFIG["processors"]["redaction"]
MASK = "****"  # what the redaction processor writes


def redact(text: str) -> str:
    for pattern in REDACTION["blocked_values"]:
        text = re.sub(pattern, MASK, text, flags=re.ASCII)
    return text


def endpoint_port(protocol: dict[str, str]) -> str:
    return protocol["endpoint"].rpartition(":")[2]


@pytest.mark.parametrize("kind", ["receivers", "processors", "exporters"])
def test_every_component_is_in_a_pipeline_and_the_other_way_round(kind):
    used = {component for pipeline in PIPELINES.values() for component in pipeline[kind]}
    assert used == CONFIG[kind].keys()


def test_every_extension_is_switched_on():
    assert set(CONFIG["service"]["extensions"]) == CONFIG["extensions"].keys()


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES.keys())
def test_the_memory_limiter_comes_first(pipeline):
    assert pipeline["processors"][0] == "memory_limiter"


@pytest.mark.parametrize("signal", ["traces", "traces/browser", "logs", "logs/browser"])
def test_traces_and_logs_are_redacted(signal):
    assert "redaction" in PIPELINES[signal]["processors"]


@pytest.mark.parametrize("exporter", ["otlp_grpc/tempo", "otlp_http/loki"])
def test_what_is_pushed_survives_an_outage_and_a_restart(exporter):
    config = CONFIG["exporters"][exporter]
    assert config["sending_queue"]["storage"] in CONFIG["extensions"]
    assert config["sending_queue"]["batch"]
    assert config["retry_on_failure"]["max_elapsed_time"] == "0s"


def test_no_store_can_be_taken_for_the_collector():
    """A container that restarts may get the address of another."""
    receivers = CONFIG["receivers"].values()
    ours = {endpoint_port(protocol) for receiver in receivers for protocol in receiver["protocols"].values()}
    tempos = load("tempo.yaml")["distributor"]["receivers"]["otlp"]["protocols"].values()
    assert ours.isdisjoint(map(endpoint_port, tempos))


SPAN_NAME = re.search(r'IsMatch\(span\.name, "(.+?)"\)', CONFIG["processors"]["filter/browser"]["trace_conditions"][0])[
    1
]
TEMPOS_EDGES = load("tempo.yaml")["metrics_generator"]["processor"]["service_graphs"]["peer_attributes"]


@pytest.mark.parametrize("signal", ["traces", "logs"])
def test_telemetry_of_browsers_is_rebuilt_and_filtered_apart_from_the_services(signal):
    pipeline, services = PIPELINES[f"{signal}/browser"], PIPELINES[signal]
    assert pipeline["receivers"] == ["otlp/browser"]
    assert pipeline["processors"] == ["memory_limiter", "transform/browser", "filter/browser", "redaction"]
    assert "otlp/browser" not in services["receivers"]
    assert pipeline["exporters"] == services["exporters"]


def test_browsers_send_no_metrics():
    assert {name for name, pipeline in PIPELINES.items() if "otlp/browser" in pipeline["receivers"]} == {
        "traces/browser",
        "logs/browser",
    }


def test_a_browser_draws_no_edge_in_the_service_graph():
    statements = str(CONFIG["processors"]["transform/browser"]["trace_statements"])
    [kept] = re.findall(r"keep_keys\(span\.attributes, \[(.+?)\]\)", statements)
    assert not re.search(r"server\.address|peer\.|db\.", kept)
    assert TEMPOS_EDGES
    assert [attribute for attribute in TEMPOS_EDGES if f'"{attribute}"' in kept] == []


@pytest.mark.parametrize(
    "name",
    ["shop.checkout", "GET /{country}/products/{product_id}", "POST /cart/merge", "DELETE /cart/items/{item_id}"],
)
def test_a_name_of_the_front_end_is_kept(name):
    assert re.search(SPAN_NAME.replace("\\\\", "\\"), name)


@pytest.mark.parametrize(
    "name", ["", "shop.other", "shop.checkout\n", "GET /orders/17", "GET", "TRACE /cart", "x POST /checkout"]
)
def test_any_other_name_is_not(name):
    assert not re.search(SPAN_NAME.replace("\\\\", "\\").replace("$", r"\Z"), name)


def test_every_action_and_call_of_the_front_end_is_kept():
    sources = [path for path in (ROOT / "frontend/src").rglob("*.ts*") if ".test." not in path.name]
    actions = {name for path in sources for name in re.findall(r"Action\(\s*'(shop\.\w+)'", path.read_text())}
    calls = re.findall(
        r"(?:method: '(\w+)',\s*)?path: [^\n]+?,\s*template: '([^']+)'", (ROOT / "frontend/src/api/shop.ts").read_text()
    )
    names = actions | {f"{method or 'GET'} {template}" for method, template in calls}
    assert actions
    assert calls
    assert [name for name in sorted(names) if not re.search(SPAN_NAME.replace("\\\\", "\\"), name)] == []


def test_exemplars_leave_the_collector():
    assert CONFIG["exporters"]["prometheus"]["enable_open_metrics"] is True


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "card 4111 1111 1111 1111",
        "pan=5500-0000-0000-0004.",
        "3782-822463-10005",
        '{"card":"6011000990139424"}',
        "jane.doe+shop@example.co.uk",
        "Authorization: Bearer user-token-123",
        "bearer abcdefghijklmnopqrstuvwxyz",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "postgresql://webstore:webstore123@postgres:5432/webstore",
    ],
)
def test_personal_data_and_secrets_are_masked(text):
    masked = redact(text)
    assert MASK in masked
    assert not re.search(r"\d{5}|@(?!postgres)|-123|webstore123|eyJ|xyz", masked)


@pytest.mark.parametrize(
    "text",
    [
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00-41111111111111114111111111111111-4111111111111111-01",
        "41234567-1234-4123-8123-123456789012",
        "TXN-4111111111111111",
        "order 17 of user_1 for 2399.97 USD on port 5432",
        "took 0.4539578763621486 s",
        "at 1758040117123456789",
        "missing bearer token",
        "node_modules/@opentelemetry/api@1.9.0/build/index.js",
        "http://payments-service:8081/api/payments/process",
        "redis://redis:6379/0",
        "2026-11-23T17:44:36.822Z",
    ],
)
def test_everything_else_is_left_alone(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    ("key", "blocked"),
    [
        ("http.request.header.authorization", True),
        ("user.email", True),
        ("password", True),
        ("app.api_key", True),
        ("order.id", False),
        ("idempotency_key", False),
        ("user.id", False),
        ("payment.method", False),
        ("exception.message", False),
    ],
)
def test_attributes_that_hold_secrets_by_name(key, blocked):
    assert any(re.search(pattern, key) for pattern in REDACTION["blocked_key_patterns"]) is blocked
