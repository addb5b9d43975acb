"""Addresses: whoever names a port names one at which that service listens."""

import re
from importlib import import_module

import pytest

from tests.support.documents import documents
from tests.support.readers import literal, setting, text
from tests.support.repository import ROOT, SERVICES

WEBSTORE = "services/main-service/webstore"
PAYMENTS = "services/payments-service/internal"
EXTERNAL = "services/external"

PUBLISHED = {
    name: (service, int(default), int(inside))
    for service, found in SERVICES.items()
    for port in found.get("ports", [])
    for name, default, inside in [re.fullmatch(r"127\.0\.0\.1:\$\{(\w+):-(\d+)\}:(\d+)", port).groups()]
}
#: By service: what others in the network may ask, published or not.
LISTENS = {service: {inside for owner, _, inside in PUBLISHED.values() if owner == service} for service in SERVICES}
LISTENS["payment-provider"] |= {*literal(r"defaultPort: (\d+)")(f"{EXTERNAL}/payment-provider/index.js")}
LISTENS["otel-collector"] |= {*literal(r"port: (\d+) ")("otel-collector-config.yaml")}
LISTENS["otel-collector"] |= {
    *literal(r"otlp/browser:\n(?:.+\n)+? +endpoint: 0\.0\.0\.0:(\d+)")("otel-collector-config.yaml")
}
LISTENS["frontend"] |= {*literal(r"listen (\d+);")("frontend/nginx/metrics.conf")}
LISTENS["tempo"] |= {*literal(r"endpoint: 0\.0\.0\.0:(\d+)")("tempo.yaml")}
PORT_OF_PROCESS = {
    "main-service": (f"{WEBSTORE}/config.py", setting("port")),
    "payments-service": (f"{PAYMENTS}/config/config.go", literal(r'"PORT" envDefault:("\d+")')),
    **{
        service: (f"{EXTERNAL}/{service}/index.js", literal(r"defaultPort: (\d+)"))
        for service in ("payment-provider", "crm-system", "inventory-system")
    },
}
SHELL = ["health-check.sh", "tools/start.sh", ".env.example"]
IN_NETWORK = [
    "docker-compose.yml",
    "prometheus.yml",
    "alertmanager.yml",
    "tempo.yaml",
    "otel-collector-config.yaml",
    "frontend/nginx/upstreams.conf",
    "grafana/provisioning/datasources/webstore.yaml",
    f"{PAYMENTS}/config/config.go",
]
ON_HOST = [
    "README.md",
    "tools/start.sh",
    f"{WEBSTORE}/config.py",
    *(f"tests/support/{name}.py" for name in ("engines", "stack", "grafana", "faults", "endpoint_coverage")),
    *(str(document.relative_to(ROOT)) for document in documents() if "localhost:" in document.read_text()),
]


@pytest.mark.parametrize("service", PORT_OF_PROCESS)
def test_process_listens_where_others_ask(service):
    file, read = PORT_OF_PROCESS[service]
    assert {*map(float, read(file))} == LISTENS[service]


@pytest.mark.parametrize("file", SHELL)
def test_script_has_the_default_ports_of_compose(file):
    named = re.findall(r"\b(\w+_PORT)(?::-|=)(\d+)", text(file))
    assert named
    assert {name: int(port) for name, port in named}.items() <= {
        name: default for name, (_, default, _) in PUBLISHED.items()
    }.items()


@pytest.mark.parametrize("file", IN_NETWORK)
def test_address_in_the_network_is_where_a_service_listens(file):
    named = re.findall(rf"\b({'|'.join(SERVICES)}):(\d{{4,5}})\b", text(file))
    assert named
    assert [(service, port) for service, port in named if int(port) not in LISTENS[service]] == []


@pytest.mark.parametrize("file", sorted({*ON_HOST}))
def test_address_on_the_host_is_published(file):
    named = re.findall(r"(?:localhost|127\.0\.0\.1):(?:\$\{\w+:-)?(\d{4,5})\b", text(file))
    # Not published is payment-provider; some ask it from within its container.
    defaults = {default for _, default, _ in PUBLISHED.values()}
    assert named
    assert [port for port in named if int(port) not in defaults | LISTENS["payment-provider"]] == []


def test_third_parties_are_asked_where_they_listen():
    asked = import_module("tests.support.third_parties").PORTS
    assert {service: {port} for service, port in asked.items()} == {service: LISTENS[service] for service in asked}
