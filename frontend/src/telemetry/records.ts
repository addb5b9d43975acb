/**
 * What the page records about itself, and the way to the SDK.
 *
 * Spans and events have a form of their own, so that the shop's chunk needs no OpenTelemetry package and there is one
 * path: a record made before the SDK is loaded waits in a short buffer and differs in nothing from a later one.
 */

export type Attributes = Record<string, string | number>;

/** Both IDs in hexadecimal digits, as in `traceparent`. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span that has ended. Times are milliseconds since the epoch. */
export interface SpanRecord extends SpanIds {
  readonly type: 'span';
  readonly name: string;
  readonly kind: 'internal' | 'client';
  readonly parentSpanId: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

/** A log record with an event name. `span` is what it happened in. */
export interface EventRecord {
  readonly type: 'event';
  readonly name: string;
  readonly time: number;
  readonly severity: 'info' | 'error';
  readonly attributes: Attributes;
  readonly span: SpanIds | undefined;
}

export type TelemetryRecord = SpanRecord | EventRecord;
export type Sink = (record: TelemetryRecord) => void;

/** Characters of an attribute's value: longer ones are cut. */
export const MAX_VALUE_LENGTH = 4096;
export const MAX_ATTRIBUTES = 32;

/** An error's kind as the collector takes it: a short word. */
export function errorType(kind: string): string {
  return kind.replace(/[^\w.-]+/g, '_').slice(0, 64) || '_OTHER';
}

const MAX_BUFFERED = 20;

let buffer: TelemetryRecord[] = [];
let sink: Sink = keep;

/** Hands a record to the SDK, now or once it is loaded. */
export function emit(record: TelemetryRecord): void {
  sink(record);
}

/** Sends what has waited, then everything else, to `next`. */
export function connect(next: Sink): void {
  const waiting = buffer;
  buffer = [];
  sink = next;
  waiting.forEach(next);
}

/** There will be no SDK: nothing is kept any longer. */
export function disconnect(): void {
  connect(() => undefined);
}

/** A full buffer keeps its first records, because they show how the page began, and gives the latest for an error. */
function keep(record: TelemetryRecord): void {
  if (buffer.length >= MAX_BUFFERED) {
    const victim = isError(record) ? buffer.findLastIndex((kept) => !isError(kept)) : -1;
    if (victim < 0) return;
    buffer.splice(victim, 1);
  }
  buffer.push(record);
}

function isError(record: TelemetryRecord): boolean {
  return record.type === 'span' ? record.failed : record.severity === 'error';
}
