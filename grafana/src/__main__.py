"""Write the dashboards as JSON. With --check: write nothing, and exit 1 when a file differs from its source."""

import argparse
import sys
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from . import (
    http_endpoints,
    logs_explorer,
    optimistic_inventory,
    overview,
    product_analytics,
    security_monitoring,
    service_health,
    slo,
    system_metrics,
)

DIRECTORY = Path(__file__).parents[1] / "dashboards"
BUILDERS = [
    overview.dashboard(),
    slo.dashboard(),
    service_health.dashboard(),
    http_endpoints.dashboard(),
    product_analytics.dashboard(),
    optimistic_inventory.dashboard(),
    security_monitoring.dashboard(),
    system_metrics.dashboard(),
    logs_explorer.dashboard(),
]


def render(builder: Dashboard) -> tuple[Path, str]:
    dashboard = builder.build()
    return DIRECTORY / f"{dashboard.uid}.json", JSONEncoder(sort_keys=True, indent=2).encode(dashboard) + "\n"


def drift(files: dict[Path, str]) -> list[str]:
    """The names of files that are missing, differ from their source, or have none."""
    changed = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    orphans = set(DIRECTORY.glob("*.json")) - files.keys()
    return sorted(path.name for path in {*changed, *orphans})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m grafana.src", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()

    files = dict(map(render, BUILDERS))
    if arguments.check:
        names = drift(files)
        for name in names:
            print(f"grafana/dashboards/{name} differs from grafana/src: run python -m grafana.src", file=sys.stderr)
        return bool(names)

    for path, text in files.items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
