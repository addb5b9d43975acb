import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sink, TelemetryRecord } from './records';

const FIRST_MESSAGE = 'Failed to fetch dynamically imported module: /assets/late-1a2b.js';

let received: TelemetryRecord[];
let idle: (() => void)[];
let start: () => Sink;

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  // Of this page alone: the pages of earlier tests hear the same events.
  const own: TelemetryRecord[] = (received = []);
  start = () => (record) => void own.push(record);
  vi.doMock('./sdk', () => ({ start }));
  idle = [];
  vi.stubGlobal('requestIdleCallback', (run: () => void) => idle.push(run));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The page is painted, then idle, then the chunk has arrived or failed. */
async function becomeIdle(): Promise<void> {
  vi.runAllTimers();
  idle.splice(0).forEach((run) => run());
  await vi.dynamicImportSettled();
}

function uncaught(error: unknown, init: ErrorEventInit = {}): void {
  dispatchEvent(new ErrorEvent('error', { error, ...init }));
}

function messages(): unknown[] {
  return received.map(({ attributes }) => attributes['exception.message']);
}

test('errors before and after the SDK is loaded are reported', async () => {
  await import('./early');
  uncaught(new Error('in the first render'));
  dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: new Error('rejected') }));
  expect(received).toEqual([]);
  await becomeIdle();
  expect(messages()).toEqual(['in the first render', 'rejected']);
  uncaught(new Error('later'));
  expect(messages().at(-1)).toBe('later');
});

test('an event without an error is reported by its message, one of an extension is not', async () => {
  await import('./early');
  await becomeIdle();
  uncaught(undefined, { message: 'Uncaught undefined', filename: 'http://shop.test/a.js' });
  uncaught(undefined, { message: 'Uncaught undefined', filename: 'chrome-extension://abc/a.js' });
  uncaught(null, { message: 'Script error.' });
  expect(messages()).toEqual(['Uncaught undefined']);
});

test('the SDK is loaded after load, paint and idle, in this order', async () => {
  vi.spyOn(document, 'readyState', 'get').mockReturnValue('interactive');
  await import('./early');
  vi.runAllTimers();
  expect(idle).toHaveLength(0);
  dispatchEvent(new Event('load'));
  expect(idle).toHaveLength(0);
  vi.runAllTimers();
  expect(idle).toHaveLength(1);
  dispatchEvent(new Event('load'));
  vi.runAllTimers();
  expect(idle).toHaveLength(1);
});

test('the SDK is also loaded where there is no requestIdleCallback', async () => {
  vi.stubGlobal('requestIdleCallback', undefined);
  await import('./early');
  uncaught(new Error('early'));
  vi.runAllTimers();
  await vi.dynamicImportSettled();
  expect(messages()).toEqual(['early']);
});

test.each([
  ['is blocked', () => Promise.reject(new TypeError(FIRST_MESSAGE))],
  ['does not start', () => ({ start: () => JSON.parse('{') as Sink })],
])('a chunk that %s is tried once and rejects nothing', async (_, chunk) => {
  const factory = vi.fn(chunk);
  vi.doMock('./sdk', factory);
  await import('./early');
  const { connect } = await import('./records');
  await becomeIdle();
  await becomeIdle();
  uncaught(new Error('unobserved'));
  expect(factory).toHaveBeenCalledOnce();
  connect(start());
  expect(received).toEqual([]);
});
