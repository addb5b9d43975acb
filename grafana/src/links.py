"""Ways out of a panel: to the logs, traces and profile of the service that was clicked, and to other dashboards."""

import json
import re
from urllib.parse import quote

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

from .catalogue import Entry
from .variables import LOKI, PYROSCOPE, TEMPO

TAG = "webstore"
CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds"
# What was clicked: a label of the series, or the cell of a table.
SERVICE = "${__field.labels.service}"
SERVICE_NAME = "${__field.labels.service_name}"
CELL = "${__value.raw}"


def all_dashboards() -> DashboardLink:
    """The drop-down list in each dashboard's head."""
    link = DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True)
    link.placement("")  # in sight: the SDK would hide it in the menu of controls
    return link.keep_time(True).include_vars(True)


def to_dashboard(entry: Entry, **variables: str) -> DashboardLink:
    chosen = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return DashboardLink(f"Dashboard: {entry.title}").url(f"{entry.path}?${{__url_time_range}}{chosen}")


def logs(service: str) -> DashboardLink:
    return _explore(f"Logs of {service}", LOKI, {"expr": f'{{service_name="{service}"}}', "queryType": "range"})


def traces(service: str, condition: str = "") -> DashboardLink:
    query = f'{{ resource.service.name = "{service}" && kind = server{condition} }}'
    return _explore(f"Traces of {service}", TEMPO, {"query": query, "queryType": "traceql", "limit": 20})


def failed_traces(service: str) -> DashboardLink:
    return traces(service, " && status = error").title(f"Failed traces of {service}")


def profile(service: str) -> DashboardLink:
    target = {"labelSelector": f'{{service_name="{service}"}}', "profileTypeId": CPU, "queryType": "profile"}
    return _explore(f"CPU profile of {service}", PYROSCOPE, {**target, "groupBy": []})


def of_service(service: str) -> list[DashboardLink]:
    return [logs(service), traces(service), failed_traces(service), profile(service)]


def _explore(title: str, source: DataSourceRef, target: dict[str, object]) -> DashboardLink:
    query = {"refId": "A", "datasource": {"type": source.type_val, "uid": source.uid}, **target}
    pane = {"datasource": source.uid, "queries": [query], "range": {"from": "${__from}", "to": "${__to}"}}
    return DashboardLink(title).url(f"/explore?schemaVersion=1&panes={_encode(json.dumps({'webstore': pane}))}")


def _encode(text: str) -> str:
    """For a URL, but for the variables: Grafana replaces them before the browser decodes."""
    parts = re.split(r"(\$\{\w[\w.]*\})", text)
    return "".join(part if part.startswith("${") else quote(part) for part in parts)
