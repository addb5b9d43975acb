"""Data sources and the variables that every dashboard has."""

from grafana_foundation_sdk.builders.dashboard import CustomVariable, DatasourceVariable, QueryVariable
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

# Panels name these, not a data source: a dashboard then works in any Grafana that has one of the type.
PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${prometheus}")
TEMPO = DataSourceRef(type_val="tempo", uid="${tempo}")
LOKI = DataSourceRef(type_val="loki", uid="${loki}")
PYROSCOPE = DataSourceRef(type_val="grafana-pyroscope-datasource", uid="${pyroscope}")

# All values that the label can have: the services put every other country under `other`.
COUNTRIES = ["US", "UK", "DE", "FR", "JP", "BR", "IN", "other"]
ALL = VariableOption(text="All", value="$__all", selected=True)


def data_source(name: str, plugin: str) -> DatasourceVariable:
    """Pre-set to the provisioned data source, whose uid is the variable's name."""
    current = VariableOption(text=name.capitalize(), value=name, selected=True)
    return DatasourceVariable(name).label(name.capitalize()).type(plugin).current(current)


def data_sources() -> list[DatasourceVariable]:
    return [
        data_source("prometheus", "prometheus"),
        data_source("tempo", "tempo"),
        data_source("loki", "loki"),
        data_source("pyroscope", "grafana-pyroscope-datasource"),
    ]


def service() -> QueryVariable:
    """The services that send spans. `service` on span and container metrics and `service_name` elsewhere agree."""
    return (
        QueryVariable("service")
        .label("Service")
        .datasource(PROMETHEUS)
        .query("label_values(traces_spanmetrics_calls_total, service)")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(ALL)
    )


def country() -> CustomVariable:
    return (
        CustomVariable("country")
        .label("Country")
        .values(",".join(COUNTRIES))
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(ALL)
    )
