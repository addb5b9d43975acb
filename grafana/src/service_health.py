"""Service health: every service by rate, errors and duration, its dependencies, and what it may run out of."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from . import catalogue, links, promql, red, variables
from .board import Panels, board
from .panels import flame_graph, heat, logs, query, rows, service_graph, states, time_series, with_limit

BREAKER = {0: ("closed", "green"), 1: ("half-open", "orange"), 2: ("open", "red")}
# Duration histograms of calls to others, by whom we call; each has the label `status`, success when it went well.
CALLS = {
    "payment-provider": "external_payment_provider_duration_seconds",
    "inventory-system": "webstore_external_inventory_duration_seconds",
    "crm-system": "webstore_external_crm_duration_seconds",
}


def breaker_state(metric: str, by: str = "") -> str:
    """0 closed, 1 half-open, 2 open."""
    half_open, is_open = (promql.total(f'{metric}{{state="{state}"}}', by) for state in ("half-open", "open"))
    return f"{half_open} + 2 * {is_open}"


def services() -> Panels:
    ways_out = links.of_service(links.SERVICE)
    return [
        time_series(
            "Request rate",
            "Requests answered per second, counted from the server spans of all traces.",
            "reqps",
            query(red.request_rate(), "{{service}}"),
            span=8,
            links=ways_out,
        ),
        time_series(
            "Error ratio",
            "Share of requests whose server span has the status error. The simulated third parties fail by design.",
            "percentunit",
            query(red.error_ratio(), "{{service}}"),
            span=8,
            links=ways_out,
            shown_by="payments_down",
        ),
        time_series(
            "Duration, p95",
            "95 % of the requests to a service take less. Each dot is a request: follow it to its trace.",
            "s",
            query(red.duration(0.95), "{{service}}", exemplars=True),
            span=8,
            links=ways_out,
        ),
        rows(
            "Services",
            "Rate, errors and duration in the chosen range. A service's name leads to its logs, traces and profile.",
            {"service": "Service"},
            {
                "Requests per second": ("reqps", red.request_rate()),
                "Errors": ("percentunit", red.error_ratio()),
                "p50": ("s", red.duration(0.5)),
                "p95": ("s", red.duration(0.95)),
                "p99": ("s", red.duration(0.99)),
            },
            links=[*links.of_service(links.CELL), links.to_dashboard(catalogue.ENDPOINTS, service=links.CELL)],
            shown_by="payments_down",
        ),
        heat(
            "Duration of all requests",
            "How many requests took how long. A second band is a second kind of request, or a dependency that waits.",
            "s",
            promql.buckets(red.DURATION, red.SERVER),
        ),
    ]


def graph() -> Panels:
    edges = "client, server"
    requests = promql.rate("traces_service_graph_request_total", "", edges)
    failed = promql.rate("traces_service_graph_request_failed_total", "", edges)
    return [
        service_graph(
            "Service graph",
            "Who calls whom, how often and how long it takes, databases included. Click a node for its traces.",
            shown_by="payments_down",
        ),
        rows(
            "Calls between services",
            "The edges of the service graph in the chosen range, as their callers see them.",
            {"client": "Caller", "server": "Called"},
            {
                "Calls per second": ("reqps", requests),
                "Failed": ("percentunit", promql.ratio(failed, requests)),
                "p95": ("s", promql.quantile(0.95, "traces_service_graph_request_client_seconds", "", edges)),
            },
            links=[links.logs(links.CELL), links.traces(links.CELL)],
            shown_by="payments_down",
        ),
    ]


def dependencies() -> Panels:
    answers = promql.rate(
        "http_client_request_duration_seconds_count",
        variables.BY_SERVICE_NAME,
        "service_name, server_address, http_response_status_code",
    )
    return [
        states(
            "Circuit breakers",
            "Open: calls are refused at once instead of waiting for somebody who does not answer.",
            BREAKER,
            query(breaker_state("webstore_dependency_circuit_breaker_state", "dependency"), "{{dependency}}"),
            query(breaker_state("payments_provider_circuit_breaker_state"), "payment-provider"),
        ),
        time_series(
            "Retries",
            "Calls that were repeated, by the error that made it necessary.",
            "cpm",
            query(
                promql.per_minute("webstore_dependency_retries_total", "", "dependency, error_type"),
                "{{dependency}} {{error_type}}",
            ),
            query(
                promql.per_minute("payments_provider_retries_total", "", "error_type"),
                "payment-provider {{error_type}}",
            ),
            shown_by="provider_outage",
        ),
        time_series(
            "Rejections",
            "Calls that were refused without being made: the circuit was open or the pool was full.",
            "cpm",
            query(
                promql.per_minute("webstore_dependency_rejections_total", "", "dependency, reason"),
                "{{dependency}} {{reason}}",
            ),
            query(
                promql.per_minute("payments_provider_rejections_total", "", "reason"),
                "payment-provider {{reason}}",
            ),
            shown_by="payments_down",
        ),
        with_limit(
            time_series(
                "Bulkheads",
                "Share of a dependency's permitted calls that are under way. At 100 % further calls are rejected.",
                "percentunit",
                query(
                    "max by (dependency) (webstore_dependency_active_calls{})"
                    " / max by (dependency) (webstore_dependency_call_limit{})",
                    "{{dependency}}",
                ),
                query(
                    "max(payments_provider_active_requests{}) / max(payments_provider_request_limit{})",
                    "payment-provider",
                ),
            ).max(1),
            0.8,
        ),
        time_series(
            "Success of external services",
            "Share of calls that went well. A declined card or a sold-out product is a proper answer.",
            "percentunit",
            *(
                query(
                    promql.ratio(
                        promql.rate(f"{histogram}_count", 'status=~"success|declined"'),
                        promql.rate(f"{histogram}_count"),
                    ),
                    system,
                )
                for system, histogram in CALLS.items()
            ),
            span=8,
        ),
        time_series(
            "Duration of external services, p95",
            "How long we wait for others, retries included. Each dot is a call: follow it to its trace.",
            "s",
            *(query(promql.quantile(0.95, histogram), system, exemplars=True) for system, histogram in CALLS.items()),
            query(
                promql.quantile(0.95, "webstore_payment_duration_seconds"),
                "payments-service",
                exemplars=True,
            ),
            span=8,
        ),
        time_series(
            "Answers of dependencies",
            "Status codes that our services got from those they call. No code: there was no answer.",
            "reqps",
            query(answers, "{{service_name}} to {{server_address}} {{http_response_status_code}}"),
            span=8,
            links=[links.logs(links.SERVICE_NAME), links.failed_traces(links.SERVICE_NAME)],
        ),
    ]


def saturation() -> Panels:
    return [
        time_series(
            "Database connections",
            "Connections of each service's pool by state. When all are used, requests wait.",
            "short",
            query(
                promql.total("db_client_connection_count{}", "service_name, db_client_connection_state"),
                "{{service_name}} {{db_client_connection_state}}",
            ),
            query(promql.total("db_client_connection_max{}", "service_name"), "{{service_name}} limit"),
            span=8,
            links=links.of_service(links.SERVICE_NAME),
        ),
        time_series(
            "Worker threads",
            "Threads at work and calls waiting for one, by pool. Waiting: the pool is too small or the work too slow.",
            "short",
            query(promql.total("webstore_worker_threads_active{}", "pool"), "{{pool}} active"),
            query(promql.total("webstore_worker_threads_waiting{}", "pool"), "{{pool}} waiting"),
            query(promql.total("webstore_worker_threads_limit{}", "pool"), "{{pool}} limit"),
            span=8,
        ),
        with_limit(
            time_series(
                "Event loop lag",
                "How late main-service's event loop gets to its work. Lag delays every request at once.",
                "s",
                query(promql.quantile(0.5, "webstore_event_loop_lag_seconds"), "median"),
                query(promql.quantile(0.99, "webstore_event_loop_lag_seconds"), "p99"),
                span=8,
            ),
            0.1,
        ),
        time_series(
            "Redis memory",
            "Used and permitted. When it is full, the sessions that would expire first go.",
            "bytes",
            query("sum(redis_memory_used_bytes{})", "used"),
            query("sum(redis_memory_limit_bytes{})", "limit"),
            span=8,
        ),
        time_series(
            "Redis clients",
            "Connections to Redis.",
            "short",
            query("sum(redis_clients_connected{})", "clients"),
            span=8,
        ),
        time_series(
            "Requests under way",
            "Requests that a service has begun and not answered yet.",
            "short",
            query(
                promql.total(f"http_server_active_requests{{{variables.BY_SERVICE_NAME}}}", "service_name"),
                "{{service_name}}",
            ),
            span=8,
            links=links.of_service(links.SERVICE_NAME),
        ),
    ]


def dotnet() -> Panels:
    statements = "db_client_operation_duration_seconds"
    return [
        time_series(
            "Managed heap",
            "Size of promotions-service's heap by generation, fragmentation included, at its latest collection. The "
            "oldest one (gen2) grows when something is never freed; loh has the large objects.",
            "bytes",
            query(
                promql.total("dotnet_gc_last_collection_heap_size_bytes{}", "gc_heap_generation"),
                "{{gc_heap_generation}}",
            ),
            span=8,
            stacked=True,
        ),
        time_series(
            "Memory of the process",
            "All of promotions-service (working set, shared files included), what its collector has reserved "
            "(committed), and how much of that is unused between objects (fragmented).",
            "bytes",
            query("sum(dotnet_process_memory_working_set_bytes{})", "working set"),
            query("sum(dotnet_gc_last_collection_memory_committed_size_bytes{})", "committed"),
            query("sum(dotnet_gc_last_collection_heap_fragmentation_size_bytes{})", "fragmented"),
            span=8,
        ),
        time_series(
            "Garbage collections",
            "Collections per minute by generation. Many of gen2 are a heap near its limit.",
            "cpm",
            query(promql.per_minute("dotnet_gc_collections_total", "", "gc_heap_generation"), "{{gc_heap_generation}}"),
            span=8,
        ),
        time_series(
            "Time in garbage collection",
            "Share of the time in which requests stand still for a collection.",
            "percentunit",
            query(promql.rate("dotnet_gc_pause_time_seconds_total"), "paused"),
            span=8,
        ),
        time_series(
            "Allocations",
            "Bytes per second that promotions-service allocates. They cause the collections.",
            "Bps",
            query(promql.rate("dotnet_gc_heap_allocated_bytes_total"), "allocated"),
            span=8,
        ),
        time_series(
            "Thread pool",
            "Threads of .NET's pool and work that waits for one. Queued work beside a growing number of threads is "
            "code that blocks them.",
            "short",
            # Levels, whatever their suffix says.
            query("sum(dotnet_thread_pool_thread_count_total{})", "threads"),
            query("sum(dotnet_thread_pool_queue_length_total{})", "queued"),
            span=8,
        ),
        time_series(
            "Exceptions",
            "Exceptions per minute that were thrown in promotions-service, by type. One that passes through several "
            "methods counts several times.",
            "cpm",
            query(promql.per_minute("dotnet_exceptions_total", "", "error_type"), "{{error_type}}"),
            span=8,
            links=[links.logs("promotions-service"), links.failed_traces("promotions-service")],
            shown_by="database_down",
        ),
        time_series(
            "CPU of the process",
            "Processor time of promotions-service by mode; 100 % is one core.",
            "percentunit",
            query(promql.rate("dotnet_process_cpu_time_seconds_total", "", "cpu_mode"), "{{cpu_mode}}"),
            span=8,
            stacked=True,
        ),
        time_series(
            "Duration of statements",
            "How long PostgreSQL takes for the statements of promotions-service, as its driver measures it. Each dot "
            "is a statement: follow it to its trace.",
            "s",
            query(promql.quantile(0.5, statements), "median", exemplars=True),
            query(promql.quantile(0.95, statements), "p95", exemplars=True),
            span=8,
        ),
    ]


def background() -> Panels:
    return [
        time_series(
            "Messages for other services",
            "Orders for crm-system and coupons for promotions-service that are not delivered yet, and those given up. "
            "Dead ones need a person.",
            "short",
            query("sum(webstore_outbox_pending{})", "pending"),
            query("sum(webstore_outbox_dead{})", "dead"),
            span=8,
        ),
        time_series(
            "Oldest message",
            "Age of the message that has waited longest.",
            "s",
            query("max(webstore_outbox_oldest_age_seconds{})", "age"),
            span=8,
        ),
        time_series(
            "Deliveries",
            "Attempts to deliver a message per minute, by kind and outcome.",
            "cpm",
            query(promql.per_minute("webstore_outbox_deliveries_total", "", "kind, outcome"), "{{kind}} {{outcome}}"),
            span=8,
        ),
        time_series(
            "Unsettled orders",
            "Orders unfinished for longer than the sweeper permits. Above zero: money or stock is in between.",
            "short",
            query(promql.total("webstore_orders_unsettled{}", "status"), "{{status}}"),
            span=8,
        ),
        time_series(
            "Swept orders",
            "Orders per minute that the sweeper took up and settled, by what became of them. A crash or an outage "
            "leaves a burst.",
            "cpm",
            query(promql.per_minute("webstore_orders_swept_total", "", "status"), "{{status}}"),
            span=8,
            shown_by="inventory_outage",
        ),
        time_series(
            "Records of the CRM",
            "Calls per minute that crm-system itself counted, by outcome. It fails now and then by design.",
            "cpm",
            query(promql.per_minute("crm_records_total", "", "operation, status"), "{{operation}} {{status}}"),
            span=8,
            links=[links.logs("crm-system"), links.traces("crm-system")],
        ),
    ]


def code() -> Panels:
    description = "Where {} spent its processor time in the chosen range. Wide is expensive."
    return [
        *(
            flame_graph(f"CPU of {service} by function", description.format(service), service)
            for service in ("main-service", "payments-service")
        ),
        logs(
            "Errors and warnings",
            "What the chosen services logged at level warn or above.",
            '{service_namespace="webstore", service_name=~"$service"} | detected_level=~"warn|error|fatal"',
            span=24,
            height=8,
            shown_by="payments_down",
        ),
    ]


def dashboard() -> Dashboard:
    panels = {
        "Rate, errors, duration": services(),
        "Who calls whom": graph(),
        "Dependencies": dependencies(),
        "Saturation": saturation(),
        ".NET": dotnet(),
        "Background work": background(),
        "Code and logs": code(),
    }
    return board(catalogue.SERVICES, panels, [variables.service()])
