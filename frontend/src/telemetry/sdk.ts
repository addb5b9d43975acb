/**
 * The OpenTelemetry SDK, in a chunk of its own that is loaded when the page is idle.
 *
 * The plain processors and exporters, not browser-sdk's `startBrowserSdk`: spans arrive here complete, so a tracer
 * provider, a context manager, propagators and instrumentations would be loaded and never used. There is no logger for
 * the SDK's own messages: a shop's console is no place for failed exports.
 */

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { SeverityNumber, type Logger } from '@opentelemetry/api-logs';
import { millisToHrTime } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { version } from '../../package.json';
import {
  MAX_ATTRIBUTES,
  MAX_VALUE_LENGTH,
  type EventRecord,
  type Sink,
  type SpanIds,
  type SpanRecord,
} from './records';

const SCOPE = { name: 'shop', version };
/** A full batch is about 45 KB: below what nginx accepts and what a browser sends after the page is closed. */
const BATCH = { scheduledDelayMillis: 2000, maxExportBatchSize: 64, maxQueueSize: 256 };

/** Starts the exporters. Web vitals and navigations are further events of the returned sink: start them after it. */
export function start(): Sink {
  const resource = defaultResource().merge(
    resourceFromAttributes({ 'service.name': 'frontend', 'service.version': version }),
  );
  const spans = new BatchSpanProcessor({
    ...BATCH,
    exporter: new OTLPTraceExporter({ url: endpoint('traces') }),
  });
  const logs = new BatchLogRecordProcessor({
    ...BATCH,
    exporter: new OTLPLogExporter({ url: endpoint('logs') }),
  });
  const logger = new LoggerProvider({
    resource,
    processors: [logs],
    logRecordLimits: { attributeCountLimit: MAX_ATTRIBUTES, attributeValueLengthLimit: MAX_VALUE_LENGTH },
  }).getLogger(SCOPE.name, SCOPE.version);

  // The processors flush when the page is hidden. They await `pagehide` at the document, where it never arrives.
  addEventListener('pagehide', () => {
    void Promise.allSettled([spans.forceFlush(), logs.forceFlush()]);
  });
  return (record) => {
    if (record.type === 'span') spans.onEnd({ ...toReadableSpan(record), resource });
    else emitEvent(logger, record);
  };
}

/** Absolute, because the exporters take no relative URL. */
function endpoint(signal: 'traces' | 'logs'): string {
  return new URL(`/otlp/v1/${signal}`, location.origin).href;
}

function toReadableSpan(record: SpanRecord): Omit<ReadableSpan, 'resource'> {
  const { traceId, parentSpanId } = record;
  return {
    name: record.name,
    kind: record.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    spanContext: () => sampled(record),
    ...(parentSpanId && { parentSpanContext: sampled({ traceId, spanId: parentSpanId }) }),
    startTime: millisToHrTime(record.start),
    endTime: millisToHrTime(record.end),
    duration: millisToHrTime(record.end - record.start),
    status: { code: record.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: record.attributes,
    links: [],
    events: [],
    ended: true,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function emitEvent(logger: Logger, { name, time, severity, attributes, span }: EventRecord): void {
  logger.emit({
    eventName: name,
    timestamp: time,
    severityNumber: severity === 'error' ? SeverityNumber.ERROR : SeverityNumber.INFO,
    severityText: severity.toUpperCase(),
    attributes,
    context: span ? trace.setSpanContext(ROOT_CONTEXT, sampled(span)) : ROOT_CONTEXT,
  });
}

function sampled({ traceId, spanId }: SpanIds) {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}
