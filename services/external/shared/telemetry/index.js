import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { getNumberFromEnv, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { batching, EXPORT_TIMEOUT_MS, patient } from './delivery.js';
import { createLogger } from './logger.js';
import { startProfiler } from './profiler.js';

/** @import { Resource } from '@opentelemetry/resources' */
/** @import { Logger } from 'pino' */

/** The same in every service: telemetry.yaml lists them, with the latency objective among them. */
const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.3, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const FLUSH_TIMEOUT_MS = 2500;
const EXPORT_WARNING_INTERVAL_MS = 60_000;

/**
 * Starts traces, metrics, logs and profiles, configured by the OTEL_* and PYROSCOPE_* variables. With
 * OTEL_SDK_DISABLED=true there are only the lines on stdout.
 * Must run before http is first used by the server.
 * @param {{ name: string, version: string }} service
 * @returns {Promise<{ logger: Logger, shutdown: () => Promise<void> }>} shutdown flushes, but not for long
 */
export async function startTelemetry(service) {
  const resource = createResource(service);
  const disabled = process.env.OTEL_SDK_DISABLED === 'true';
  const providers = disabled ? [] : startProviders(resource);
  const name = String(resource.attributes['service.name']);
  const logger = createLogger(name);
  setGlobalErrorHandler(sparseWarning(logger));
  const profilers = disabled ? [] : [await startProfiler(name, logger)];
  const flush = () => Promise.allSettled([...providers, ...profilers].map((part) => part.shutdown()));
  return {
    logger,
    shutdown: async () => void (await Promise.race([flush(), sleep(FLUSH_TIMEOUT_MS)])),
  };
}

/** @param {{ name: string, version: string }} service */
function createResource({ name, version }) {
  const defaults = resourceFromAttributes({
    'service.name': name,
    'service.version': version,
    'service.namespace': 'webstore',
    'service.instance.id': hostname(), // stays over a restart of a container, so that series do not fork
    'deployment.environment.name': 'demo',
  });
  return defaultResource()
    .merge(defaults)
    .merge(detectResources({ detectors: [envDetector] }));
}

/**
 * Spans and log records wait in bounded queues; what is too much is dropped.
 * @param {Resource} resource
 */
function startProviders(resource) {
  const exporter = { timeoutMillis: EXPORT_TIMEOUT_MS };
  const tracerProvider = new NodeTracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor(patient(new OTLPTraceExporter(exporter)), batching('OTEL_BSP_MAX_QUEUE_SIZE')),
    ],
  });
  const meterProvider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(exporter),
        exportIntervalMillis: getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL'),
      }),
    ],
    views: [
      {
        instrumentName: 'http.server.request.duration',
        aggregation: {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: DURATION_BUCKETS_S },
        },
      },
    ],
  });
  const loggerProvider = new LoggerProvider({
    resource,
    processors: [
      new BatchLogRecordProcessor({
        exporter: patient(new OTLPLogExporter(exporter)),
        ...batching('OTEL_BLRP_MAX_QUEUE_SIZE'),
      }),
    ],
  });
  tracerProvider.register();
  metrics.setGlobalMeterProvider(meterProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
  registerInstrumentations({
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true, // nothing is called but the telemetry backends
        ignoreIncomingRequestHook: ({ url }) => url === '/health',
      }),
      new RuntimeNodeInstrumentation(),
    ],
  });
  return [tracerProvider, meterProvider, loggerProvider];
}

/**
 * Every batch fails while the collector is down: one line a minute says enough.
 * @param {Logger} logger
 */
function sparseWarning(logger) {
  let quietUntil = 0;
  /** @param {Error | string | { message?: string }} error */
  return (error) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + EXPORT_WARNING_INTERVAL_MS;
    const reason = typeof error === 'string' ? error : error.message;
    logger.warn(
      { 'event.name': 'telemetry.export_failed', 'exception.message': reason },
      'Telemetry export failed',
    );
  };
}
