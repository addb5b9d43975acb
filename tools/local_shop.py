"""The shop as local processes: SQLite and an in-process Redis in place of the databases, no containers."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.processes import Processes, free_ports

ROOT = Path(__file__).parent.parent
PAYMENTS = ROOT / "services/payments-service"
EXTERNAL = ROOT / "services/external"
MAIN = ROOT / "services/main-service"
PROMOTIONS = ROOT / "services/promotions-service"
BUILD = ROOT / ".build"
PROMOTIONS_BUILD = BUILD / "promotions-service"
SERVICES = (
    "payment-provider",
    "crm-system",
    "inventory-system",
    "payments-service",
    "promotions-service",
    "main-service",
)
# The first start compiles Python's and reads Node's modules from a cold disk.
START_TIMEOUT = 60.0  # seconds

DOTNET = ".NET SDK 10: https://dotnet.microsoft.com/download"
NEEDED = {"go": "https://go.dev/dl", "node": "https://nodejs.org (20 or newer)", "npm": "https://nodejs.org"}


@dataclass(frozen=True)
class LocalShop:
    url: str
    #: Base URL of each service.
    urls: Mapping[str, str]
    processes: Processes
    #: main-service's, a file of SQLite.
    database: Path


def missing_tools() -> list[str]:
    """A line for each tool that is not there, with where to get it."""
    return [f"{tool}: {where}" for tool, where in NEEDED.items() if not shutil.which(tool)]


def left_out() -> dict[str, str]:
    """Services that the shop does without here, and what each would need."""
    return {} if _has_dotnet() else {"promotions-service": DOTNET}


def build(say: Callable[[str], None]) -> None:
    """Fetch and compile what is not there yet. Raises subprocess.CalledProcessError."""
    install_node_packages(say)
    say("compiling payments-service")
    _run("go", "build", "-o", str(BUILD / "payments-service"), ".", cwd=PAYMENTS)
    if "promotions-service" not in left_out():
        say("compiling promotions-service")
        locked = "--property:RestoreLockedMode=true"
        options = ("--output", str(PROMOTIONS_BUILD), locked, "--verbosity=quiet", "--nologo")
        _run("dotnet", "publish", "PromotionsService.csproj", *options, cwd=PROMOTIONS)


def install_node_packages(say: Callable[[str], None]) -> None:
    """Raises subprocess.CalledProcessError."""
    if not (EXTERNAL / "node_modules").exists():
        say("installing the Node services' packages (once)")
        _run("npm", "ci", "--no-audit", "--no-fund", "--silent", cwd=EXTERNAL)


@contextmanager
def running(
    otlp_endpoint: str,
    say: Callable[[str], None],
    extra: Mapping[str, str] | None = None,
    parent: Path | None = None,
) -> Iterator[LocalShop]:
    """The services, healthy; `extra` goes into the environment of all, their data into a folder of `parent`.

    Raises ProcessError.
    """
    environment = _telemetry(otlp_endpoint) | dict(extra or {})
    data = tempfile.TemporaryDirectory(prefix="webstore-", dir=parent)
    with data as directory, Processes(Path(directory)) as processes:
        yield _start(processes, Path(directory), environment, say)


def _start(processes: Processes, directory: Path, shared: dict[str, str], say: Callable[[str], None]) -> LocalShop:
    without = left_out()
    services = [service for service in SERVICES if service not in without]
    ports = dict(zip(services, free_ports(len(services)), strict=True))
    urls = {service: f"http://127.0.0.1:{port}" for service, port in ports.items()}
    for service in services:
        command, cwd, own = _recipe(service, urls, directory)
        environment = {**shared, **own, "PORT": str(ports[service]), "OTEL_SERVICE_NAME": service}
        processes.start(service, command, cwd, environment)
    for service in services:
        say(f"waiting for {service}")
        processes.wait_until_healthy(service, f"{urls[service]}/health", START_TIMEOUT)
    for service in services:
        processes.check_running(service)
    return LocalShop(urls["main-service"], urls, processes, _database(directory))


def _recipe(service: str, urls: Mapping[str, str], directory: Path) -> tuple[list[str], Path, dict[str, str]]:
    """Command, directory and environment of its own."""
    if service == "main-service":
        own = {
            "HOST": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{_database(directory)}",
            "REDIS_URL": "fakeredis://",
            "PAYMENTS_SERVICE_URL": urls["payments-service"],
            "PAYMENT_PROVIDER_URL": urls["payment-provider"],
            "INVENTORY_SYSTEM_URL": urls["inventory-system"],
            "CRM_SYSTEM_URL": urls["crm-system"],
            "PROMOTIONS_SERVICE_URL": urls.get("promotions-service", ""),
        }
        return [sys.executable, "main.py"], MAIN, own
    if service == "payments-service":
        return [str(BUILD / "payments-service")], PAYMENTS, {"PAYMENT_PROVIDER_URL": urls["payment-provider"]}
    if service == "promotions-service":
        own = {"DATABASE_URL": "memory:", "OTEL_PROPAGATORS": "tracecontext"}
        return ["dotnet", str(PROMOTIONS_BUILD / "PromotionsService.dll")], PROMOTIONS_BUILD, own
    return ["node", f"{service}/index.js"], EXTERNAL, {"DATA_DIRECTORY": str(directory / service)}


def _database(directory: Path) -> Path:
    return directory / "webstore.db"


def _telemetry(endpoint: str) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_INSECURE": "true",
        "OTEL_RESOURCE_ATTRIBUTES": "service.namespace=webstore,deployment.environment.name=demo",
        # Milliseconds. Soon enough for somebody who watches.
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
        "OTEL_BLRP_SCHEDULE_DELAY": "500",
    }


@cache
def _has_dotnet() -> bool:
    """Whether there is an SDK that the service's global.json accepts."""
    if not shutil.which("dotnet"):
        return False
    version = subprocess.run(("dotnet", "--version"), cwd=PROMOTIONS, capture_output=True)  # noqa: S607 - on the path
    return version.returncode == 0


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True)  # noqa: S603 - commands of this repository
