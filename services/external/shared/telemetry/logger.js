import { trace } from '@opentelemetry/api';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import pino from 'pino';

/** @type {Record<string, SeverityNumber>} */
const SEVERITY = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

/**
 * A logger that writes each line to stdout and sends the same fields over OTLP.
 * @param {string} serviceName
 * @returns {pino.Logger} LOG_LEVEL (debug, info, warn, error) decides what is logged
 */
export function createLogger(serviceName) {
  const stdout = pino.destination({ dest: 1, sync: true }); // the last lines before an exit are not lost
  return pino(
    {
      level: process.env.LOG_LEVEL?.toLowerCase() || 'info',
      messageKey: 'message',
      base: { 'service.name': serviceName },
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin: traceFields,
    },
    {
      write(line) {
        stdout.write(line);
        emit(line);
      },
    },
  );
}

function traceFields() {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/**
 * Reads the record back from the line, so that both ways have the same fields. What the OTLP record has
 * elsewhere (resource, trace context) is left out of its attributes.
 * @param {string} line
 */
function emit(line) {
  const {
    timestamp,
    level,
    message,
    'service.name': _service,
    trace_id: _trace,
    span_id: _span,
    ...attributes
  } = JSON.parse(line);
  logs.getLogger('@webstore/service').emit({
    timestamp: new Date(timestamp),
    severityNumber: SEVERITY[level],
    severityText: level.toUpperCase(),
    body: message,
    attributes,
  });
}
