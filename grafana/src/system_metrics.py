"""System: containers against their limits, the stores of telemetry, and the way of telemetry into them."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql, variables
from .board import Panels, board
from .panels import number, query, rows, states, time_series, with_limit
from .variables import BY_SERVICE

MEMORY = "container_memory_working_set_bytes"
LIMIT = "container_spec_memory_limit_bytes"
CPU = "container_cpu_usage_seconds_total"
UP = {0: ("down", "red"), 1: ("up", "green")}
SIGNALS = {"traces": "spans", "logs": "log_records", "metrics": "metric_points"}


def by_container(metric: str) -> str:
    return promql.total(f"{metric}{{{BY_SERVICE}}}", "service")


def share_of_limit() -> str:
    """A container without a limit has a limit of 0, and no share."""
    return f"{by_container(MEMORY)} / ({by_container(LIMIT)} > 0)"


def lost(counter: str) -> str:
    """An exporter has one kind of signal, so their counters, whose names differ, do not meet."""
    return promql.rate("", f'__name__=~"otelcol_exporter_{counter}_(spans|log_records)"', "exporter")


def at_a_glance() -> Panels:
    return [
        number(
            "Containers",
            "Containers of the stack that run.",
            "short",
            query("count(count by (service) (container_last_seen{}))", "containers"),
            span=6,
        ),
        number("Memory", "Working set of all containers.", "bytes", query(f"sum({MEMORY}{{}})", "memory"), span=6),
        number(
            "CPU",
            "Processor time of all containers; 100 % is one core.",
            "percentunit",
            query(promql.rate(CPU), "CPU"),
            span=6,
        ),
        number(
            "Scrape targets down",
            "Targets that Prometheus cannot reach.",
            "short",
            query("count(up{}) - sum(up{})", "down"),
            span=6,
            steps=("green", (1, "red")),
        ),
    ]


def containers() -> Panels:
    ways_out = [links.logs(links.SERVICE)]
    return [
        time_series(
            "CPU by container",
            "Processor time; 100 % is one core.",
            "percentunit",
            query(promql.rate(CPU, BY_SERVICE, "service"), "{{service}}"),
            span=8,
            links=ways_out,
        ),
        time_series(
            "Memory by container",
            "Working set: what counts against the limit.",
            "bytes",
            query(by_container(MEMORY), "{{service}}"),
            span=8,
            links=ways_out,
        ),
        with_limit(
            time_series(
                "Memory of its limit",
                "At 100 % the kernel ends the container.",
                "percentunit",
                query(share_of_limit(), "{{service}}"),
                span=8,
                links=ways_out,
            ).max(1),
            0.9,
        ),
        time_series(
            "Network received",
            "Bytes per second into each container.",
            "Bps",
            query(promql.rate("container_network_receive_bytes_total", BY_SERVICE, "service"), "{{service}}"),
            span=8,
            links=ways_out,
        ),
        time_series(
            "Network sent",
            "Bytes per second out of each container.",
            "Bps",
            query(promql.rate("container_network_transmit_bytes_total", BY_SERVICE, "service"), "{{service}}"),
            span=8,
            links=ways_out,
        ),
        time_series(
            "Starts",
            "Starts of each container in the last ten minutes but for the first. A flat line at zero is good.",
            "short",
            query(
                f"max by (service) (changes(container_start_time_seconds{{{BY_SERVICE}}}[10m]))",
                "{{service}}",
            ),
            span=8,
            links=ways_out,
        ),
        rows(
            "Containers now",
            "All containers, those with the least room first. The name leads to the container's log.",
            {"service": "Container"},
            {
                "Of its limit": ("percentunit", share_of_limit()),
                "Memory": ("bytes", by_container(MEMORY)),
                "Limit": ("bytes", by_container(LIMIT)),
                "CPU": ("percentunit", promql.rate(CPU, BY_SERVICE, "service")),
                "Running for": ("s", f"time() - max by (service) (container_start_time_seconds{{{BY_SERVICE}}})"),
            },
            span=24,
            links=[links.logs(links.CELL)],
        ),
    ]


def engines() -> Panels:
    return [
        states(
            "Scrape targets",
            "Whether Prometheus reached each of its targets.",
            UP,
            query("min by (job) (up{})", "{{job}}"),
        ),
        time_series(
            "Series in Prometheus",
            "Series in memory. A jump is a label with too many values.",
            "short",
            query("sum(prometheus_tsdb_head_series{})", "series"),
            span=6,
        ),
        time_series(
            "Rules and notifications that failed",
            "Evaluations of rules in Prometheus and notifications by Alertmanager that failed, per minute.",
            "cpm",
            query(promql.per_minute("prometheus_rule_evaluation_failures_total"), "rules"),
            query(promql.per_minute("alertmanager_notifications_failed_total", "", "integration"), "{{integration}}"),
            span=6,
        ),
        time_series(
            "Answer times of the stores, p95",
            "95 % of the requests to a store take less.",
            "s",
            query(promql.quantile(0.95, "prometheus_http_request_duration_seconds"), "prometheus"),
            query(promql.quantile(0.95, "tempo_request_duration_seconds"), "tempo"),
            query(promql.quantile(0.95, "loki_request_duration_seconds"), "loki"),
            query(promql.quantile(0.95, "pyroscope_request_duration_seconds"), "pyroscope"),
        ),
        time_series(
            "Received by the stores",
            "Spans, log lines, samples and profiles that arrived per second.",
            "cps",
            query(promql.rate("tempo_distributor_spans_received_total"), "spans"),
            query(promql.rate("loki_distributor_lines_received_total"), "log lines"),
            query(promql.rate("prometheus_tsdb_head_samples_appended_total"), "samples"),
            query(promql.rate("pyroscope_distributor_received_compressed_bytes_count"), "profiles"),
        ),
    ]


def pipeline() -> Panels:
    return [
        time_series(
            "Accepted by the collector",
            "Spans, log records and metric points per second that the services sent.",
            "cps",
            *(query(promql.rate(f"otelcol_receiver_accepted_{name}"), signal) for signal, name in SIGNALS.items()),
            span=8,
        ),
        time_series(
            "Refused, failed or dropped",
            "Telemetry that the collector refused, that a store refused or for which the queue had no room.",
            "cps",
            *(
                query(promql.rate(f"otelcol_receiver_refused_{name}"), f"{signal} refused")
                for signal, name in SIGNALS.items()
            ),
            query(lost("send_failed"), "refused by {{exporter}}"),
            query(lost("enqueue_failed"), "no room for {{exporter}}"),
            span=8,
            shown_by="telemetry_lost",
        ),
        with_limit(
            time_series(
                "Collector's queues",
                "How full each store's queue is. It fills while the store is down; what finds it full is lost.",
                "percentunit",
                query(
                    "max by (exporter) (otelcol_exporter_queue_size{} / otelcol_exporter_queue_capacity{})",
                    "{{exporter}}",
                ),
                span=8,
            ).max(1),
            0.5,
        ),
        time_series(
            "Exporters by signal",
            "Spans, log records and metric points per second that the collector handed on.",
            "cps",
            *(
                query(promql.rate(f"otelcol_exporter_sent_{name}", "", "exporter"), "{{exporter}}")
                for name in SIGNALS.values()
            ),
            span=8,
        ),
        time_series(
            "Spans without metrics",
            "Spans that Tempo left out of span metrics and service graph, by reason.",
            "cps",
            query(promql.rate("tempo_metrics_generator_spans_discarded_total", "", "reason"), "{{reason}}"),
            span=8,
            shown_by="telemetry_of_last_month",
        ),
        time_series(
            "Cases in crm-system",
            "What became of the alerts: cases that are open and closed.",
            "short",
            query(promql.total("crm_cases{}", "status"), "{{status}}"),
            span=8,
            links=[links.logs("crm-system")],
        ),
    ]


def dashboard() -> Dashboard:
    panels = {
        "At a glance": at_a_glance(),
        "Containers": containers(),
        "Stores": engines(),
        "Telemetry pipeline": pipeline(),
    }
    return board(catalogue.SYSTEM, panels, [variables.service("container_last_seen", "service")])
