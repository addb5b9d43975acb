"""Each service's OpenAPI document is true of it: schemathesis sends good and bad requests and checks the answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.local_shop import LocalShop
from tools.shop_client import DEMO_TOKEN

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SEED = 1
AUTHENTICATED = ("--header", f"Authorization: Bearer {DEMO_TOKEN}")  # the check ignored_auth leaves it out now and then


@pytest.mark.parametrize(
    ("service", "examples", "at_least", "options"),
    [
        ("main-service", 100, 2000, AUTHENTICATED),
        ("payments-service", 700, 2000, ()),
        ("promotions-service", 210, 2000, ()),
    ],
)
def test_every_answer_is_as_documented(service, examples, at_least, options, own_shop, tmp_path):
    report, output = run(own_shop, service, tmp_path, "--max-examples", str(examples), *options)
    assert report["exit_code"] == 0, output
    assert report["operations"]["tested"] == report["operations"]["total"]
    assert report["test_cases"]["generated"] >= at_least


def run(shop: LocalShop, service: str, directory: Path, *options: str) -> tuple[dict, str]:
    """The report and what was printed."""
    report = directory / "report.json"
    schemathesis = (str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION), "run")
    fixed = ("--seed", str(SEED), "--generation-database", "none", "--continue-on-failure", "--no-color")
    where = (f"{shop.urls[service]}/openapi.json", "--report-json-path", str(report))
    finished = subprocess.run((*schemathesis, *where, *fixed, *options), capture_output=True, text=True, cwd=directory)
    assert report.exists(), finished.stdout + finished.stderr
    return json.loads(report.read_text()), finished.stdout
