import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventRecord, Sink, SpanRecord } from './records';

// That no failed export rejects is checked by vitest itself: it fails a run with an unhandled rejection.

type Records = Record<string, unknown>[];

interface Group {
  resource: { attributes: { key: string; value: { stringValue: string } }[] };
  scopeSpans?: { spans: Records }[];
  scopeLogs?: { logRecords: Records }[];
}

const START = Date.UTC(2030, 0, 1);
const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);
const PARENT = 'c'.repeat(16);

const fetched = vi.fn<typeof fetch>();
let sink: Sink;

beforeEach(async () => {
  vi.resetModules();
  vi.useFakeTimers({ now: START });
  fetched.mockReset().mockImplementation(() => Promise.resolve(new Response('{}')));
  vi.stubGlobal('fetch', fetched);
  sink = (await import('./sdk')).start();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function span(fields: Partial<SpanRecord> = {}): SpanRecord {
  return {
    type: 'span',
    name: 'GET /products',
    kind: 'client',
    traceId: TRACE,
    spanId: SPAN,
    parentSpanId: PARENT,
    start: START,
    end: START + 12.5,
    attributes: {
      'session.id': 'd'.repeat(32),
      'http.request.method': 'GET',
      'url.template': '/{country}/products/{id}',
      'http.response.status_code': 200,
    },
    failed: false,
    ...fields,
  };
}

function exception(fields: Partial<EventRecord> = {}): EventRecord {
  const attributes = { 'exception.type': 'Error' };
  return {
    type: 'event',
    name: 'exception',
    time: START,
    severity: 'error',
    attributes,
    span: undefined,
    ...fields,
  };
}

function requests() {
  return fetched.mock.calls.map(([url, init = {}]) => {
    const bytes = init.body as Uint8Array;
    const [group] = Object.values(JSON.parse(new TextDecoder().decode(bytes)) as Record<string, [Group]>)[0]!;
    return { url, init, size: bytes.byteLength, resource: group.resource, records: recordsOf(group) };
  });
}

function recordsOf({ scopeSpans, scopeLogs }: Group): Records {
  return scopeSpans?.[0]?.spans ?? scopeLogs?.[0]?.logRecords ?? [];
}

test('a span keeps its IDs, its parent and its times', async () => {
  sink(span());
  await vi.advanceTimersByTimeAsync(2000);
  const [request] = requests();
  expect(request?.url).toBe(`${location.origin}/otlp/v1/traces`);
  expect(request?.records).toMatchObject([
    {
      name: 'GET /products',
      kind: 3,
      traceId: TRACE,
      spanId: SPAN,
      parentSpanId: PARENT,
      startTimeUnixNano: `${START}000000`,
      endTimeUnixNano: `${START + 12}500000`,
      status: { code: 0 },
    },
  ]);
});

test('a failed action is an internal span with an error status', async () => {
  sink(span({ name: 'shop.buy', kind: 'internal', parentSpanId: undefined, failed: true }));
  await vi.advanceTimersByTimeAsync(2000);
  expect(requests()[0]?.records[0]).toMatchObject({ kind: 1, status: { code: 2 } });
  expect(requests()[0]?.records[0]).not.toHaveProperty('parentSpanId');
});

test('an exception is a log record with an event name and the IDs of its action', async () => {
  sink(exception({ time: START - 5000, span: { traceId: TRACE, spanId: SPAN } }));
  sink(exception());
  await vi.advanceTimersByTimeAsync(2000);
  const [request] = requests();
  expect(request?.url).toBe(`${location.origin}/otlp/v1/logs`);
  const [during, outside] = request?.records ?? [];
  expect(during).toMatchObject({
    eventName: 'exception',
    severityNumber: 17,
    severityText: 'ERROR',
    timeUnixNano: `${START - 5000}000000`,
    observedTimeUnixNano: `${START}000000`,
    traceId: TRACE,
    spanId: SPAN,
    attributes: [{ key: 'exception.type', value: { stringValue: 'Error' } }],
  });
  expect(outside).not.toHaveProperty('traceId');
});

test('the resource is the front end, and an export carries no trace context', async () => {
  sink(span());
  await vi.advanceTimersByTimeAsync(2000);
  const [request] = requests();
  const resource = Object.fromEntries(
    request?.resource.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [],
  );
  expect(resource).toMatchObject({ 'service.name': 'frontend', 'telemetry.sdk.language': 'webjs' });
  expect(resource['service.version']).toMatch(/^\d+\.\d+\.\d+$/);
  expect(request?.init.headers).toEqual({ 'Content-Type': 'application/json' });
});

test('batches fit into a request that may outlive its page', async () => {
  for (let i = 0; i < 100; i++) sink(span());
  await vi.advanceTimersByTimeAsync(4000);
  expect(requests().map(({ records }) => records.length)).toEqual([64, 36]);
  for (const { size } of requests()) expect(size).toBeLessThan(60 * 1024);
});

test('leaving the page sends what is queued', async () => {
  sink(span());
  sink(exception());
  dispatchEvent(new Event('pagehide'));
  await vi.advanceTimersByTimeAsync(0);
  expect(requests().map(({ init, records }) => [init.keepalive, records.length])).toEqual([
    [true, 1],
    [true, 1],
  ]);
});

test('hiding the page sends what is queued', async () => {
  sink(span());
  sink(exception());
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(requests()).toHaveLength(2);
});

const respond = (status: number) => () => Promise.resolve(new Response(null, { status }));
test.each([
  ['is unreachable', () => Promise.reject(new TypeError('Failed to fetch')), 6],
  ['responds with 503', respond(503), 6],
  ['responds with 413', respond(413), 1],
  ['does not respond', () => new Promise<Response>(() => undefined), 1],
])('a failing export ends, and the console stays empty: the endpoint %s', async (_, response, most) => {
  const consoles = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level),
  );
  fetched.mockImplementation(response);
  sink(span());
  dispatchEvent(new Event('pagehide'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetched.mock.calls.length).toBeGreaterThan(0);
  expect(fetched.mock.calls.length).toBeLessThanOrEqual(most);

  fetched.mockReset().mockImplementation(respond(200));
  sink(span({ name: 'GET /recovered' }));
  await vi.advanceTimersByTimeAsync(2000);
  expect(requests().map(({ records }) => records[0]?.name)).toEqual(['GET /recovered']);
  for (const spy of consoles) expect(spy).not.toHaveBeenCalled();
});

test('a request to wait longer than an export may take ends the export', async () => {
  fetched.mockResolvedValue(new Response(null, { status: 429, headers: { 'Retry-After': '30' } }));
  sink(span());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(fetched).toHaveBeenCalledOnce();
});

test('while an endpoint hangs, no more than the queue holds is kept', async () => {
  fetched.mockImplementation(() => new Promise<Response>(() => undefined));
  for (let i = 0; i < 2000; i++) sink(span());
  await vi.advanceTimersByTimeAsync(0);
  expect(fetched).toHaveBeenCalledOnce();
  fetched.mockReset().mockImplementation(respond(200));
  await vi.advanceTimersByTimeAsync(120_000);
  const sent = requests().reduce((sum, { records }) => sum + records.length, 0);
  expect(sent).toBe(256);
});
