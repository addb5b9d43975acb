"""Each engine's own validator, of the pinned release, accepts its file. Needs Docker."""

import shutil
import subprocess

import pytest

from tests.config.test_alertmanager import EXPECTED
from tests.config.test_images import base_images
from tests.support.repository import ROOT, SERVICES

MOUNT = "/webstore"


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600)


def unavailable() -> str:
    """Why Docker can't be used; empty when it can."""
    if not shutil.which("docker"):
        return "docker is not installed"
    answer = docker("version")
    return "" if answer.returncode == 0 else answer.stderr.strip()


REASON = unavailable()
pytestmark = pytest.mark.skipif(bool(REASON), reason=f"no Docker engine: {REASON}")

PROMETHEUS, ALERTMANAGER, TEMPO, LOKI, PYROSCOPE = (
    SERVICES[name]["image"] for name in ("prometheus", "alertmanager", "tempo", "loki", "pyroscope")
)
COLLECTOR = base_images(ROOT / "otel-collector/Dockerfile")[-1]

RULE_TESTS = " ".join(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("tests/config/rules/*.test.yml")))

# Image, entrypoint ("" for the image's own), arguments.
VALIDATORS = {
    "prometheus": (PROMETHEUS, "promtool", "check config prometheus.yml"),
    "rules": (PROMETHEUS, "promtool", "check rules prometheus-rules.yml prometheus-alerts.yml"),
    "rule tests": (PROMETHEUS, "promtool", f"test rules {RULE_TESTS}"),
    "alertmanager": (ALERTMANAGER, "amtool", "check-config alertmanager.yml"),
    "tempo": (TEMPO, "", "-config.verify=true -config.file=tempo.yaml"),
    "loki": (LOKI, "", "-verify-config -config.file=loki.yaml"),
    "pyroscope": (PYROSCOPE, "", "-modules -config.file=pyroscope.yaml"),  # no validator, but this reads the file
    "collector": (COLLECTOR, "", "validate --config=otel-collector-config.yaml"),
}


def run_in(image: str, entrypoint: str, *arguments: str) -> None:
    # The collector looks for its queue's directory, which only our own image has.
    options = ["--rm", "--volume", f"{ROOT}:{MOUNT}:ro", "--workdir", MOUNT, "--tmpfs", "/var/lib/otelcol"]
    if entrypoint:
        options += ["--entrypoint", entrypoint]
    result = docker("run", *options, image, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("image", "entrypoint", "arguments"), VALIDATORS.values(), ids=VALIDATORS)
def test_engine_accepts_its_file(image, entrypoint, arguments):
    run_in(image, entrypoint, *arguments.split())


def test_alerts_take_the_route_of_their_severity_and_team():
    routes = {**EXPECTED, ("warning", "nobody"): "unassigned"}
    ask = "amtool config routes test --config.file=alertmanager.yml"
    questions = [f"{ask} --verify.receivers={name} severity={how} team={who}" for (how, who), name in routes.items()]
    run_in(ALERTMANAGER, "sh", "-ec", "\n".join(questions))


def test_compose_accepts_its_file():
    result = docker("compose", "config", "--quiet")
    assert result.returncode == 0, result.stderr
