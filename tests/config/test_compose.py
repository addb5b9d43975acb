"""docker-compose.yml keeps its promises: health, limits, order of start, nothing open to the network."""

import re
from typing import Any

import pytest

from tests.support.repository import BUILD_CONTEXTS, COMPOSE, ROOT, SERVICES

# Who waits for whom, and for what.
HEALTHY, STARTED = "service_healthy", "service_started"
DEPENDENCIES = {
    "otel-collector": {"prometheus": HEALTHY, "tempo": HEALTHY, "loki": HEALTHY},
    "grafana": {"prometheus": HEALTHY, "tempo": HEALTHY, "loki": HEALTHY, "pyroscope": HEALTHY},
    "main-service": {"postgres": HEALTHY, "redis": HEALTHY, "otel-collector": STARTED},
    "payments-service": {"otel-collector": STARTED},
    "promotions-service": {"postgres": HEALTHY, "otel-collector": STARTED},
    "payment-provider": {"otel-collector": STARTED},
    "crm-system": {"otel-collector": STARTED},
    "inventory-system": {"otel-collector": STARTED},
    "frontend": {"main-service": HEALTHY},
}
VOLUMES = {
    "postgres_data",
    "payment_provider_data",
    "prometheus_data",
    "tempo_data",
    "loki_data",
    "grafana_data",
    "alertmanager_data",
    "pyroscope_data",
    "otel_collector_data",
}
STORES = {"prometheus", "tempo", "loki", "pyroscope"}
UNITS = {"M": 1, "MiB": 1, "G": 1024, "GiB": 1024}

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


def mebibytes(size: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]+)", size).groups()
    return int(number) * UNITS[unit]


def memory_limit(service: dict[str, Any]) -> int:
    return mebibytes(service["deploy"]["resources"]["limits"]["memory"])


@each_service
def test_has_a_healthcheck_that_is_quick_at_start(service):
    healthcheck = service["healthcheck"]
    assert healthcheck["test"][0] == "CMD"
    assert healthcheck["start_interval"] == "1s"


@each_service
def test_has_a_memory_limit(service):
    assert memory_limit(service)


def test_all_limits_together_fit_a_small_machine():
    assert sum(map(memory_limit, SERVICES.values())) <= 5 * 1024


@each_service
def test_garbage_collection_starts_at_80_percent_of_the_limit(service):
    if soft_limit := service.get("environment", {}).get("GOMEMLIMIT"):
        assert mebibytes(soft_limit) == pytest.approx(0.8 * memory_limit(service), abs=1)


@each_service
def test_restarts_and_rotates_its_logs(service):
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["driver"] == "json-file"
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@each_service
def test_has_no_privileges(service):
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & service.keys()


@each_service
def test_publishes_ports_on_the_loopback_only(service):
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+", port), port


@each_service
def test_mounts_files_that_exist_and_volumes_that_are_declared(service):
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).exists(), source
            assert volume.endswith(":ro"), volume
        elif not source.startswith("/"):
            assert source in VOLUMES


def test_host_ports_are_distinct():
    published = [
        re.search(r":-(\d+)", port).group(1) for service in SERVICES.values() for port in service.get("ports", [])
    ]
    assert len(published) == len(set(published))


def test_volumes():
    assert COMPOSE["volumes"].keys() == VOLUMES


def test_dependencies():
    declared = {
        name: {other: condition["condition"] for other, condition in service["depends_on"].items()}
        for name, service in SERVICES.items()
        if "depends_on" in service
    }
    assert declared == DEPENDENCIES


def test_no_store_keeps_others_from_starting():
    waits = [service["depends_on"].items() for service in SERVICES.values() if "depends_on" in service]
    required = {other for wait in waits for other, how in wait if how.get("required", True)}
    assert not required & STORES


def test_builds_have_a_dockerfile_and_a_dockerignore():
    for context in BUILD_CONTEXTS.values():
        assert (context / "Dockerfile").exists(), context
        assert (context / ".dockerignore").exists(), context


def test_env_example_lists_every_setting_with_its_default():
    compose = (ROOT / "docker-compose.yml").read_text()
    used = dict(re.findall(r"\$\{(\w+):?-([^{}]*)\}", compose))
    derived = set(re.findall(r"\$\{(\w+):-[^{}]*\$\{", compose))  # the default has another setting in it
    passed_on = {
        key for service in SERVICES.values() for key, value in service.get("environment", {}).items() if value is None
    }
    example = (ROOT / ".env.example").read_text()
    assert dict(re.findall(r"^(\w+)=(.*)$", example, re.M)) == used
    assert set(re.findall(r"^#(\w+)=", example, re.M)) == passed_on | derived
