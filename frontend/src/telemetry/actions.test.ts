import { beforeEach, expect, test, vi } from 'vitest';
import type { SpanRecord } from './records';

const fetched = vi.fn<typeof fetch>();
let startAction: typeof import('./actions').startAction;
let spans: SpanRecord[];

beforeEach(async () => {
  vi.resetModules();
  // Of this page alone: the pages of earlier tests also hear `pagehide`.
  const received: SpanRecord[] = (spans = []);
  ({ startAction } = await import('./actions'));
  const { connect } = await import('./records');
  const { setRouteTemplates } = await import('./routes');
  connect((record) => record.type === 'span' && received.push(record));
  fetched.mockReset().mockImplementation(() => Promise.resolve(new Response('{}')));
  vi.stubGlobal('fetch', fetched);
  setRouteTemplates(() => '/products/:id');
});

function sentHeaders(call = 0): Headers {
  return new Headers(fetched.mock.calls[call]?.[1]?.headers);
}

function named(name: string): SpanRecord {
  const span = spans.find((candidate) => candidate.name === name);
  if (!span) throw new Error(`no span ${name} among ${spans.map((found) => found.name).join(', ')}`);
  return span;
}

test('requests belong to the trace of their action, over several awaits', async () => {
  const action = startAction('shop.buy');
  await action.fetch('/api/cart', '/cart');
  await Promise.resolve();
  await action.fetch('/api/checkout', '/checkout', { method: 'post' });
  action.end();

  expect(spans.map(({ name }) => name)).toEqual(['GET /cart', 'POST /checkout', 'shop.buy']);
  const parent = named('shop.buy');
  expect(parent).toMatchObject({ kind: 'internal', parentSpanId: undefined, failed: false });
  expect(parent.traceId).toBe(action.traceId);
  for (const child of spans.slice(0, 2)) {
    expect(child).toMatchObject({ kind: 'client', traceId: parent.traceId, parentSpanId: parent.spanId });
    expect(child.start).toBeGreaterThanOrEqual(parent.start);
    expect(child.end).toBeLessThanOrEqual(parent.end);
  }
});

test('the API receives the IDs of the request span, and no baggage', async () => {
  const action = startAction('shop.buy');
  await action.fetch('/api/cart/items/7', '/cart/items/{id}', { headers: { authorization: 'Bearer x' } });
  const { traceId, spanId } = named('GET /cart/items/{id}');
  expect(sentHeaders().get('traceparent')).toBe(`00-${traceId}-${spanId}-01`);
  expect(sentHeaders().get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(sentHeaders().get('authorization')).toBe('Bearer x');
  expect(sentHeaders().has('baggage')).toBe(false);
});

test.each(['/assets/config.json', 'https://elsewhere.example/api/cart', '/api/../config.json', '/apis/x'])(
  'no traceparent is sent to %s',
  async (path) => {
    await startAction('shop.load').fetch(path, '/other');
    expect(sentHeaders().has('traceparent')).toBe(false);
  },
);

test('spans carry the attributes of the contract', async () => {
  const action = startAction('shop.buy');
  await action.fetch('/api/checkout?coupon=SECRET', '/checkout', { method: 'POST' });
  action.set('order.id', 42);
  action.end();
  const session = named('shop.buy').attributes['session.id'];
  expect(session).toMatch(/^[0-9a-f]{32}$/);
  expect(named('shop.buy').attributes).toEqual({
    'session.id': session,
    'url.template': '/products/{id}',
    'order.id': 42,
  });
  expect(named('POST /checkout').attributes).toEqual({
    'session.id': session,
    'http.request.method': 'POST',
    'url.template': '/checkout',
    'http.response.status_code': 200,
  });
});

test.each([402, 404, 409, 422, 429])('a response %i is no failure', async (status) => {
  fetched.mockResolvedValue(new Response('{}', { status }));
  await startAction('shop.buy').fetch('/api/checkout', '/checkout');
  expect(spans[0]).toMatchObject({ failed: false, attributes: { 'http.response.status_code': status } });
  expect(spans[0]?.attributes).not.toHaveProperty('error.type');
});

test('a response 503 is a failure', async () => {
  fetched.mockResolvedValue(new Response('{}', { status: 503 }));
  await startAction('shop.buy').fetch('/api/checkout', '/checkout');
  expect(spans[0]).toMatchObject({
    failed: true,
    attributes: { 'http.response.status_code': 503, 'error.type': '503' },
  });
});

test.each([
  [new TypeError('Failed to fetch'), 'TypeError', true],
  [new DOMException('timed out', 'TimeoutError'), 'TimeoutError', true],
  [new DOMException('aborted', 'AbortError'), 'AbortError', false],
])('a request that ends in %s has this error.type', async (error, type, failed) => {
  fetched.mockRejectedValue(error);
  await expect(startAction('shop.buy').fetch('/api/cart', '/cart')).rejects.toBe(error);
  expect(spans[0]).toMatchObject({ failed, attributes: { 'error.type': type } });
  expect(spans[0]?.attributes).not.toHaveProperty('http.response.status_code');
});

test('an action fails only when its end says so', () => {
  startAction('shop.browse').end();
  startAction('shop.buy').end('payment unknown');
  startAction('shop.pay').end(new RangeError('out of stock'));
  expect(named('shop.browse').failed).toBe(false);
  expect(named('shop.buy')).toMatchObject({ failed: true, attributes: { 'error.type': 'payment_unknown' } });
  expect(named('shop.pay')).toMatchObject({ failed: true, attributes: { 'error.type': 'RangeError' } });
});

test('only the first end counts', () => {
  const action = startAction('shop.buy');
  action.end();
  action.set('order.id', 1);
  action.end('late');
  expect(spans).toHaveLength(1);
  expect(spans[0]?.failed).toBe(false);
  expect(spans[0]?.attributes).not.toHaveProperty('order.id');
});

test('a span ends with the headers of the response, before its body', async () => {
  const body = new ReadableStream({ start: () => undefined });
  fetched.mockResolvedValue(new Response(body));
  await startAction('shop.buy').fetch('/api/cart', '/cart');
  expect(spans.map(({ name }) => name)).toEqual(['GET /cart']);
});

test('open spans end when the page is left, requests before their action', () => {
  fetched.mockImplementation(() => new Promise(() => undefined));
  void startAction('shop.buy').fetch('/api/cart', '/cart');
  dispatchEvent(new Event('pagehide'));
  expect(spans.map(({ name, failed }) => [name, failed])).toEqual([
    ['GET /cart', false],
    ['shop.buy', false],
  ]);
});

test('attributes are limited in number and length', () => {
  const action = startAction('shop.buy');
  for (let i = 0; i < 40; i++) action.set(`key ${i}` as 'order.id', 'x'.repeat(5000));
  action.end();
  const values = Object.values(spans[0]?.attributes ?? {});
  expect(values).toHaveLength(32);
  expect(Math.max(...values.map((value) => String(value).length))).toBe(4096);
});

test('a clock that is set back during an action changes no duration', () => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  const action = startAction('shop.buy');
  vi.advanceTimersByTime(250);
  vi.setSystemTime(Date.UTC(2029, 0, 1));
  action.end();
  const { start, end } = named('shop.buy');
  vi.useRealTimers();
  expect(start).toBe(Date.UTC(2030, 0, 1));
  expect(end - start).toBe(250);
});

test('works in an insecure context, without crypto.randomUUID', () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids = new Set(Array.from({ length: 50 }, () => startAction('shop.buy').traceId));
  vi.unstubAllGlobals();
  expect(ids.size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
