import { beforeEach, expect, test, vi } from 'vitest';
import type { EventRecord } from './records';

let reportError: typeof import('./errors').reportError;
let startAction: typeof import('./actions').startAction;
let events: EventRecord[];

beforeEach(async () => {
  vi.resetModules();
  events = [];
  const { connect } = await import('./records');
  connect((record) => record.type === 'event' && events.push(record));
  ({ reportError } = await import('./errors'));
  ({ startAction } = await import('./actions'));
  const { setRouteTemplates } = await import('./routes');
  setRouteTemplates(() => '/orders/:id');
});

function reported(error: unknown): Record<string, string | number> | undefined {
  reportError(error);
  return events.at(-1)?.attributes;
}

test('an error becomes an exception event', () => {
  const attributes = reported(new RangeError('out of stock'));
  expect(events[0]).toMatchObject({ name: 'exception', severity: 'error' });
  expect(attributes).toEqual({
    'exception.type': 'RangeError',
    'exception.message': 'out of stock',
    'exception.stacktrace': expect.stringContaining('RangeError: out of stock\n    at ') as string,
    'session.id': expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    'url.template': '/orders/{id}',
  });
});

test('the route given by the router goes before that of the address bar', () => {
  reportError(new Error('render'), '/:country/products/:productId');
  expect(events[0]?.attributes['url.template']).toBe('/{country}/products/{productId}');
});

test('the same error is reported once, a message three times', () => {
  const error = new Error('once');
  reportError(error);
  reportError(error);
  for (let i = 0; i < 5; i++) reportError(new Error('again'));
  expect(events.map(({ attributes }) => attributes['exception.message'])).toEqual([
    'once',
    'again',
    'again',
    'again',
  ]);
});

test('a page reports ten errors at most', () => {
  for (let i = 0; i < 30; i++) reportError(new Error(`error ${i}`));
  expect(events).toHaveLength(10);
});

test.each([
  ['ResizeObserver loop completed with undelivered notifications.', ''],
  ['ResizeObserver loop limit exceeded', ''],
  ['Script error.', ''],
  ['Uncaught Error: x', 'chrome-extension://abcdef/inject.js'],
])('%j of %j is left out', (message, source) => {
  reportError(message, undefined, source);
  expect(events).toEqual([]);
});

test.each([
  'Error: x\n    at f (chrome-extension://abc/inject.js:1:2)\n    at g (http://shop.test/assets/a.js:1:2)',
  'f@moz-extension://abc/inject.js:1:2\ng@http://shop.test/assets/a.js:1:2',
  'f@webkit-masked-url://hidden/:1:2',
])('an error thrown by an extension is left out: %j', (stack) => {
  reportError(Object.assign(new Error('x'), { stack }));
  expect(events).toEqual([]);
});

test('an error of the shop that an extension called is reported', () => {
  const stack = 'Error: x\n    at f (http://shop.test/a.js:1:2)\n    at g (chrome-extension://abc/b.js:1:2)';
  expect(reported(Object.assign(new Error('x'), { stack }))).toBeDefined();
});

test('a cancelled request is left out', () => {
  reportError(new DOMException('The user aborted a request.', 'AbortError'));
  expect(events).toEqual([]);
});

test.each([
  [undefined, 'undefined', 'undefined'],
  [null, 'null', 'null'],
  ['plain text', 'string', 'plain text'],
  [7, 'number', '7'],
  [Symbol('s'), 'symbol', 'Symbol(s)'],
  [{ code: 7, email: 'a@b.example' }, 'Object', 'object with code, email'],
  [Object.create(null), '_OTHER', 'unreadable'],
])('a rejection with %s is normalised', (reason, type, message) => {
  expect(reported(reason)).toMatchObject({ 'exception.type': type, 'exception.message': message });
});

test('a huge object is named by ten of its fields', () => {
  const huge = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, 'x'.repeat(100)]));
  expect(String(reported(huge)?.['exception.message']).length).toBeLessThan(200);
});

test('an error that throws when it is read is no error', () => {
  const hostile = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('no');
    },
    has: () => {
      throw new Error('no');
    },
  });
  expect(reported(hostile)).toMatchObject({ 'exception.type': '_OTHER' });
});

test('message and stack are cut, and the stack keeps its frames', () => {
  const attributes = reported(new Error('x'.repeat(100_000)));
  expect(attributes?.['exception.message']).toHaveLength(1024);
  expect(String(attributes?.['exception.stacktrace']).length).toBeLessThanOrEqual(4096);
  expect(attributes?.['exception.stacktrace']).toContain('\n    at ');
});

test.each([
  ['GET /api/orders?token=secret failed', 'GET /api/orders failed'],
  ['at f (http://shop.test/a.js?v=secret:10:15)', 'at f (http://shop.test/a.js:10:15)'],
  ['f@https://shop.test/#/secret:1:2', 'f@https://shop.test/:1:2'],
  ['"/login?next=/secret#secret" is gone', '"/login" is gone'],
  ['invalid parameter ?token=secret&x=1', 'invalid parameter '],
  ['What now? No. 5 is #1', 'What now? No. 5 is #1'],
])('query strings and fragments are cut: %s', (message, expected) => {
  expect(reported(message)?.['exception.message']).toBe(expected);
});

test('an error during an action has the IDs of that action', () => {
  const outer = startAction('shop.browse');
  const inner = startAction('shop.buy');
  reportError(new Error('in the inner one'));
  inner.end();
  reportError(new Error('in the outer one'));
  outer.end();
  reportError(new Error('in none'));
  expect(events.map(({ span }) => span?.traceId)).toEqual([inner.traceId, outer.traceId, undefined]);
});

test('a failed request that is reported after its action has the IDs of that action', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  const action = startAction('shop.buy');
  const error: unknown = await action.fetch('/api/cart', '/cart').catch((reason: unknown) => reason);
  vi.unstubAllGlobals();
  action.end('network');
  reportError(error);
  expect(events[0]?.span?.traceId).toBe(action.traceId);
});

test('an error that ended an action has the IDs of that action', () => {
  const action = startAction('shop.buy');
  const error = new RangeError('out of stock');
  action.end(error);
  reportError(error);
  expect(events[0]?.span?.traceId).toBe(action.traceId);
});

test.each([
  ['My error: 7', 'My_error_7'],
  ['', '_OTHER'],
  [7, '7'],
])('the type %j becomes a word that the collector takes', (name, type) => {
  expect(reported(Object.assign(new Error('x'), { name }))?.['exception.type']).toBe(type);
});
