"""What `make` and the health check promise to somebody who runs the stack."""

import json
import re
from contextlib import suppress

import pytest

from tests.support.polling import eventually
from tests.support.stack import PROJECT, SHOP_URL, Stack
from tools.shop_client import ShopClient

# With images present on two cores; the aim is 60.
LONGEST_START = 90  # seconds
HEALTHY_AGAIN = 60  # seconds; some intervals of the health checks
LARGEST_MEMORY = 2.5  # GiB; the aim is 2.0


def test_every_container_is_healthy(stack: Stack) -> None:
    def others() -> dict[str, str]:
        """Those that are not, as one may be that has just been restarted or had to wait for a processor."""
        found = {service: container["Health"] for service, container in stack.containers().items()}
        assert len(found) == 17
        return {service: health for service, health in found.items() if health != "healthy"}

    with suppress(AssertionError):
        eventually(lambda: not others(), "every container is healthy", HEALTHY_AGAIN)
    assert others() == {}


def test_start_is_quick_and_prints_where_to_look(stack: Stack) -> None:
    print(f"make start took {stack.start_seconds:.0f} s")
    assert stack.start_seconds <= LONGEST_START
    for address in (":3001", ":3000", ":8000/docs", ":9090", ":9093"):
        assert f"http://localhost{address}" in stack.start_output


def test_ports_are_on_the_loopback_interface_only(stack: Stack) -> None:
    published = [
        publisher
        for container in stack.containers().values()
        for publisher in container["Publishers"] or []
        if publisher["PublishedPort"]  # type: ignore[index]
    ]
    assert published
    assert {publisher["URL"] for publisher in published} == {"127.0.0.1"}  # type: ignore[index]


def test_status_prints_memory_of_all_containers(stack: Stack) -> None:
    output = stack.run("make", "status")
    total = re.search(r"Memory of all 17 containers: ([\d.]+) GiB", output)
    assert total, output
    print(total[0])
    assert float(total[1]) <= LARGEST_MEMORY


def test_health_check_passes_and_leaves_the_cart_as_it_was(stack: Stack) -> None:
    buyer = ShopClient(SHOP_URL)
    before = buyer.call("GET", "/cart").body
    output = stack.run("./health-check.sh", "--timeout", "90")
    assert "FAIL" not in output
    for name in (
        "main-service",
        "frontend API",
        "prometheus metric",
        "tempo trace",
        "loki log line",
        "pyroscope profile",
        "grafana",
    ):
        assert re.search(rf"^ok +{name} ", output, re.M), output
    assert buyer.call("GET", "/cart").body == before


def test_health_check_names_what_is_down(stack: Stack) -> None:
    down = ("redis", "tempo", "payments-service")
    with stack.without(*down):
        output = stack.run("sh", "-c", "./health-check.sh --json --timeout 5; echo $?")
    report, status = output.rsplit("\n", 2)[:2]
    checks = json.loads(report)
    failed = [check for check in checks["checks"] if not check["ok"]]
    assert (checks["healthy"], checks["failed"], status) == (False, len(failed), "1")
    for service in down:
        assert any(service in check["name"] or service in check["detail"] for check in failed), (service, failed)
    eventually(stack.passes_health_check, "health after they are back", 120)


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--timeout", "soon"], ["--timeout"]])
def test_health_check_refuses_wrong_options(stack: Stack, arguments: list[str]) -> None:
    output = stack.run("sh", "-c", './health-check.sh "$@"; echo "status $?"', "sh", *arguments)
    assert "status 2" in output


def test_stop_and_start_keep_orders(stack: Stack) -> None:
    buyer = ShopClient(SHOP_URL)
    buyer.add_to_cart(7)
    buyer.checkout()
    before = buyer.call("GET", "/orders").body
    assert before["orders"]
    stack.run("make", "stop")
    assert stack.containers() == {}
    # The other way to start, as the documentation has it.
    stack.run("docker-compose", "up", "-d", timeout=600)
    eventually(lambda: buyer.call("GET", "/ready").status == 200, "the shop after a start", 120)
    assert buyer.call("GET", "/orders").body == before
    stack.start()


def test_logs_of_one_service(stack: Stack) -> None:
    output = stack.run("sh", "-c", "timeout 5 make logs-main; timeout 5 make logs-payment-provider", check=False)
    assert "main-service-1" in output
    assert "payment-provider-1" in output


def test_rebuild_of_one_service(stack: Stack) -> None:
    stack.run("make", "rebuild-payments", timeout=600)
    assert stack.containers()["payments-service"]["Health"] == "healthy"


def test_the_project_keeps_to_itself(stack: Stack) -> None:
    names = [container["Name"] for container in stack.containers().values()]
    assert all(name.startswith(f"{PROJECT}-") for name in names)
