"""What the shop's own metrics count."""

from collections.abc import Callable

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

#: Changes by labels; of a histogram, of its count.
Changes = dict[frozenset[tuple[str, str]], float]


class MetricsProbe:
    """Becomes the process's metrics provider, which can be set once only."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        metrics.set_meter_provider(MeterProvider([self._reader]))

    def since_now(self) -> Callable[[str], Changes]:
        before = self._read()

        def changes(metric: str) -> Changes:
            values = {labels: value for (name, labels), value in self._read().items() if name == metric}
            differences = {labels: value - before.get((metric, labels), 0) for labels, value in values.items()}
            return {labels: change for labels, change in differences.items() if change}

        return changes

    def levels(self) -> dict[str, Changes]:
        """The values by metric and labels."""
        found: dict[str, Changes] = {}
        for (name, labels), value in self._read().items():
            found.setdefault(name, {})[labels] = value
        return found

    def _read(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        data = self._reader.get_metrics_data()
        found = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        value = getattr(point, "count", None) or getattr(point, "value", 0)
                        found[metric.name, frozenset(point.attributes.items())] = value
        return found


def labels(**values: str) -> frozenset[tuple[str, str]]:
    return frozenset(values.items())
