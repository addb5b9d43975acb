"""The one telemetry set-up of this service: traces, metrics and logs by OTLP, profiles to Pyroscope."""

import os
import socket
from threading import Thread
from time import monotonic

from fastapi import FastAPI
from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor, RequestInfo
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.metrics import NoOpUpDownCounter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.environment_variables import OTEL_SDK_DISABLED
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import DropAggregation, ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span
from sqlalchemy import Engine

import webstore
from webstore.config import Settings
from webstore.telemetry import delivery, logs, profiles, spans
from webstore.telemetry.metrics import SECONDS

SERVICE_NAME = "main-service"
# Probes and scrapes come every few seconds and say nothing about the shop.
NOT_TRACED = "/health,/ready,/metrics"
# A container engine kills 10 s after the stop signal, or later where its configuration says so.
FLUSH_TIMEOUT = 5.0  # seconds


class Telemetry:
    """The providers, to be flushed at the end.

    With OTEL_SDK_DISABLED=true the SDK makes all of them do nothing but pass the caller's trace on.
    """

    def __init__(self, settings: Settings):
        # The instrumentations still default to the old HTTP and database conventions.
        os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database")
        resource = _resource()
        self.logger_provider = LoggerProvider(resource=resource)
        self.logger_provider.add_log_record_processor(logs.EventNameAsAttribute())
        self.logger_provider.add_log_record_processor(BatchLogRecordProcessor(delivery.LogRecordExporter()))
        self.tracer_provider = TracerProvider(resource=resource)
        self.tracer_provider.add_span_processor(BatchSpanProcessor(delivery.SpanExporter()))
        self.meter_provider = MeterProvider(
            [PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource, views=_views()
        )
        set_logger_provider(self.logger_provider)
        trace.set_tracer_provider(self.tracer_provider)
        metrics.set_meter_provider(self.meter_provider)
        logs.configure(settings.log_level, SERVICE_NAME, self.logger_provider)
        HTTPXClientInstrumentor().instrument(async_request_hook=_name_client_span)
        RedisInstrumentor().instrument()
        if not _is_disabled():
            profiles.start(SERVICE_NAME, settings.pyroscope_server_address)

    def instrument(self, app: FastAPI, engine: Engine) -> None:
        # The part of SQLAlchemyInstrumentor that makes a span of each statement. The rest makes one of each loan from
        # the pool as well, and counts the pool's connections, which gauges.py does under the convention's new names.
        EngineTracer(spans.tracer, engine, NoOpUpDownCounter("unused"))  # type: ignore[no-untyped-call]
        FastAPIInstrumentor.instrument_app(
            app,
            excluded_urls=NOT_TRACED,
            exclude_spans=["receive", "send"],  # one span for each ASGI message would drown the request's own
            server_request_hook=profiles.attach_to_request,
        )

    def shutdown(self) -> None:
        """Send what is still queued, all signals at once, and do not wait for a collector that is away."""
        providers = (self.tracer_provider, self.meter_provider, self.logger_provider)
        flushes = [Thread(target=provider.shutdown, daemon=True) for provider in providers]
        for flush in flushes:
            flush.start()
        deadline = monotonic() + FLUSH_TIMEOUT
        for flush in flushes:
            flush.join(max(0.0, deadline - monotonic()))
        profiles.stop()


def _is_disabled() -> bool:
    """Read as the SDK reads it, which knows nothing of profiles."""
    return os.environ.get(OTEL_SDK_DISABLED, "").strip().lower() == "true"


def _resource() -> Resource:
    """The environment's OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what is said here."""
    own = {
        "service.name": SERVICE_NAME,
        "service.version": webstore.__version__,
        "service.namespace": "webstore",
        # A container keeps its host name over a restart, so its series go on; the SDK's random id would fork them.
        "service.instance.id": socket.gethostname(),
    }
    return Resource.create(own).merge(OTELResourceDetector().detect())


def _views() -> list[View]:
    return [
        View(
            instrument_name="http.*.request.duration",
            aggregation=ExplicitBucketHistogramAggregation(SECONDS),
        ),
        # Sizes are of no use here and cost a histogram for each route and status.
        View(instrument_name="http.server.*.body.size", aggregation=DropAggregation()),
        View(instrument_name="http.client.*.body.size", aggregation=DropAggregation()),
    ]


async def _name_client_span(span: Span, request: RequestInfo) -> None:
    """`POST /api/payments/process` instead of `POST`.

    The convention asks for `{method} {url.template}`; only the client knows the template, so it hands it over
    in the request's extensions (clients/http.py).
    """
    template = (request.extensions or {}).get("url.template")
    if template and span.is_recording():
        method = request.method.decode() if isinstance(request.method, bytes) else request.method
        span.update_name(f"{method} {template}")
        span.set_attribute("url.template", template)
