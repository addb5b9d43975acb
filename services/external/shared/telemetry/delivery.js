import { ExportResultCode, getNumberFromEnv, globalErrorHandler } from '@opentelemetry/core';

/** @import { ExportResult } from '@opentelemetry/core' */

/** One attempt; a collector that is down costs no more. */
export const EXPORT_TIMEOUT_MS = 3000;
const PAUSE_MS = 1000;
/** A batch that is refused for this long is refused for what is in it, and must not hold up those behind it. */
const PATIENCE_MS = 600_000;

/**
 * Options of a batch processor. Spans and log records wait in its queue while the exporter below is trying.
 * @param {string} queueSizeVariable OTEL_BSP_MAX_QUEUE_SIZE or OTEL_BLRP_MAX_QUEUE_SIZE
 */
export function batching(queueSizeVariable) {
  return {
    maxQueueSize: getNumberFromEnv(queueSizeVariable),
    exportTimeoutMillis: PATIENCE_MS + EXPORT_TIMEOUT_MS,
  };
}

/**
 * Makes an exporter keep a batch until the collector takes it; on its own it would drop it after a few attempts.
 * @template T
 * @template {{ export(batch: T, done: (result: ExportResult) => void): void }} Exporter
 * @param {Exporter} exporter
 * @returns {Exporter} the same exporter
 */
export function patient(exporter) {
  const attempt = exporter.export.bind(exporter);
  exporter.export = (batch, done) => {
    const giveUpAt = Date.now() + PATIENCE_MS;
    const tryOnce = () =>
      attempt(batch, (result) => {
        if (result.code === ExportResultCode.SUCCESS || Date.now() > giveUpAt) return done(result);
        globalErrorHandler(result.error ?? new Error('The collector took nothing')); // the batch waits, the operator should not
        setTimeout(tryOnce, PAUSE_MS).unref(); // never what keeps the process alive
      });
    tryOnce();
  };
  return exporter;
}
