"""Data sources and the variables by which a dashboard is narrowed down."""

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

# Panels name these, not a data source: a dashboard then works in any Grafana that has one of the type.
PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${prometheus}")
TEMPO = DataSourceRef(type_val="tempo", uid="${tempo}")
LOKI = DataSourceRef(type_val="loki", uid="${loki}")
PYROSCOPE = DataSourceRef(type_val="grafana-pyroscope-datasource", uid="${pyroscope}")

# All values that the label can have: the services put every other country under `other`.
COUNTRIES = ["US", "UK", "DE", "FR", "JP", "BR", "IN", "other"]
LEVELS = ["debug", "info", "warn", "error", "fatal"]
ALL = VariableOption(text="All", value="$__all", selected=True)

# Selectors by those variables. `service` on span and container metrics and `service_name` elsewhere agree.
BY_COUNTRY = 'country=~"$country"'
BY_SERVICE = 'service=~"$service"'
BY_SERVICE_NAME = 'service_name=~"$service"'


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


def service(metric: str = "traces_spanmetrics_calls_total", label: str = "service") -> QueryVariable:
    """The services that have the metric: by default those that send spans."""
    return (
        QueryVariable("service")
        .label("Service")
        .datasource(PROMETHEUS)
        .query(f"label_values({metric}, {label})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(ALL)
    )


def country() -> CustomVariable:
    return _choice("country", COUNTRIES)


def level() -> CustomVariable:
    return _choice("level", LEVELS)


def search() -> TextBoxVariable:
    box = TextBoxVariable("search").label("Search").default_value("")
    return box.description("Text or regular expression; case does not matter")


def _choice(name: str, values: list[str]) -> CustomVariable:
    return (
        CustomVariable(name)
        .label(name.capitalize())
        .values(",".join(values))
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(ALL)
    )
