import { beforeEach, expect, test, vi } from 'vitest';
import type { EventRecord, SpanRecord, TelemetryRecord } from './records';

let records: typeof import('./records');

beforeEach(async () => {
  vi.resetModules();
  records = await import('./records');
});

function span(name: string, failed = false): SpanRecord {
  const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: undefined };
  return { type: 'span', name, kind: 'internal', ...ids, start: 0, end: 1, attributes: {}, failed };
}

function error(name: string): EventRecord {
  return { type: 'event', name, time: 0, severity: 'error', attributes: {}, span: undefined };
}

function connected(): TelemetryRecord[] {
  const received: TelemetryRecord[] = [];
  records.connect((record) => received.push(record));
  return received;
}

test('records made before the SDK is loaded arrive first, in their order', () => {
  records.emit(span('shop.browse'));
  records.emit(error('exception'));
  const received = connected();
  records.emit(span('shop.buy'));
  expect(received.map(({ name }) => name)).toEqual(['shop.browse', 'exception', 'shop.buy']);
});

test('a full buffer keeps the first spans', () => {
  for (let i = 0; i < 30; i++) records.emit(span(`shop.${i}`));
  const names = connected().map(({ name }) => name);
  expect(names).toHaveLength(20);
  expect(names.at(0)).toBe('shop.0');
  expect(names.at(-1)).toBe('shop.19');
});

test('a full buffer gives its latest span for an error', () => {
  for (let i = 0; i < 20; i++) records.emit(span(`shop.${i}`));
  records.emit(error('exception'));
  records.emit(span('shop.failed', true));
  const names = connected().map(({ name }) => name);
  expect(names).toHaveLength(20);
  expect(names.slice(-3)).toEqual(['shop.17', 'exception', 'shop.failed']);
});

test('a buffer full of errors keeps the first ones', () => {
  for (let i = 0; i < 30; i++) records.emit(error(`error ${i}`));
  expect(
    connected()
      .map(({ name }) => name)
      .at(-1),
  ).toBe('error 19');
});

test('without an SDK nothing is kept', () => {
  records.emit(span('shop.browse'));
  records.disconnect();
  records.emit(span('shop.buy'));
  expect(connected()).toEqual([]);
});
