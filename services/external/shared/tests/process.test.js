import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { startReceiver } from '@webstore/service/tests/support/otlp-receiver';
import { eventually } from '@webstore/service/tests/support/polling';
import { startProcess } from '@webstore/service/tests/support/process';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const TRACEPARENT = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
const PAYMENT = { amount: 12.5, currency: 'USD', country: 'US', payment_method: 'paypal' };
const QUICK = { latency_ms: { min: 0, max: 0 }, failure_rate_by_country: { US: 0 } };
const NOTHING_LISTENS = 'http://127.0.0.1:9';
/** Milliseconds until spans and log records are exported. */
const AT_ONCE = { OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_BLRP_SCHEDULE_DELAY: '50' };

/** @param {string} hex */
const binary = (hex) => Buffer.from(hex, 'hex');
/** @param {number} value */
const double = (value) => Buffer.from(new Float64Array([value]).buffer);

test('traces, metrics and logs of a request arrive over OTLP, with the fields of stdout', async (t) => {
  const receiver = await startReceiver(t);
  const service = await startProcess(t, 'payment-provider', {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: '60000', // so that what arrives is flushed by the stop
  });
  await service.call('PUT', '/admin/behaviour', QUICK);
  await service.call('POST', '/api/payment/process', PAYMENT, TRACEPARENT);
  await service.call('GET', '/api/payment/transactions/17');
  await service.call('GET', '/health');
  await service.call('GET', '/nowhere');
  assert.equal(await service.stop(), 0);

  const line = service.lines.find((one) => one['event.name'] === 'payment.processed');
  assert.ok(line);
  assert.equal(line.trace_id, TRACE_ID);
  assert.equal(line.level, 'info');
  assert.equal(line['service.name'], 'payment-provider');
  assert.match(line.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  const traces = receiver.bytes('traces');
  for (const part of [TRACE_ID, PARENT_ID, line.span_id].map(binary)) assert.ok(traces.includes(part));
  for (const text of [
    'POST /api/payment/process',
    'GET /api/payment/transactions/{key}',
    'payment.processed',
  ]) {
    assert.ok(traces.includes(text), text);
  }
  assert.ok(!traces.includes('/health'));

  const metrics = receiver.bytes('metrics');
  for (const text of ['http.server.request.duration', 'payment_provider.transactions', 'nodejs.eventloop']) {
    assert.ok(metrics.includes(text), text);
  }
  assert.ok(metrics.includes(double(0.3)), 'the bucket of the latency objective');

  const logs = receiver.bytes('logs');
  assert.ok(logs.includes(binary(TRACE_ID)) && logs.includes(binary(line.span_id)));
  const { timestamp, level, trace_id, span_id, ...fields } = line;
  for (const [name, value] of Object.entries(fields).filter(([name]) => name !== 'message')) {
    assert.ok(logs.includes(name), name);
    if (typeof value === 'string') assert.ok(logs.includes(value), value);
  }
});

test('a collector that is down neither slows a request nor the stop', async (t) => {
  const service = await startProcess(t, 'inventory-system', {
    OTEL_EXPORTER_OTLP_ENDPOINT: NOTHING_LISTENS,
    ...AT_ONCE,
  });
  await service.call('PUT', '/admin/behaviour', QUICK);
  const request = { product_id: 1, quantity: 1, country: 'US' };
  await service.call('POST', '/api/inventory/check', request);
  const start = performance.now();
  for (let index = 0; index < 100; index += 1) await service.call('POST', '/api/inventory/check', request);
  const perRequest = (performance.now() - start) / 100;
  assert.ok(perRequest < 50, `${perRequest} ms`);
  await eventually(() => warnings(service).length > 0, 'the operator is warned'); // an export is retried first
  assert.equal(await service.stop(), 0);
  assert.equal(warnings(service).length, 1);
});

test('exports that keep failing are one warning', async (t) => {
  const receiver = await startReceiver(t, { rejects: true });
  const service = await startProcess(t, 'inventory-system', {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    ...AT_ONCE,
  });
  await service.call('GET', '/nowhere');
  const failed = () => receiver.exports('traces') > 2 && receiver.exports('logs') > 2;
  await eventually(failed, 'an export of each signal is tried three times');
  assert.equal(warnings(service).length, 1);
});

test('a collector that hangs does not hold up the stop', async (t) => {
  const port = await listen(t, createTcpServer());
  const service = await startProcess(t, 'crm-system', {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  });
  await service.call('GET', '/api/cases');
  const start = performance.now();
  assert.equal(await service.stop(), 0);
  assert.ok(performance.now() - start < 5000);
});

test('SIGTERM lets a request finish', async (t) => {
  const service = await startProcess(t, 'payment-provider', { OTEL_SDK_DISABLED: 'true' });
  await service.call('PUT', '/admin/behaviour', { ...QUICK, latency_ms: { min: 700, max: 700 } });
  const paying = await service.begin('/api/payment/process', PAYMENT);
  assert.equal(await service.stop(), 0);
  assert.equal(await paying.status, 200);
});

test('the same seed gives the same sequence after a restart', async (t) => {
  const sequences = [];
  for (let run = 0; run < 2; run += 1) {
    const service = await startProcess(t, 'payment-provider', {
      OTEL_SDK_DISABLED: 'true',
      RANDOM_SEED: '3',
    });
    await service.call('PUT', '/admin/behaviour', { ...QUICK, failure_rate_by_country: { US: 0.5 } });
    const statuses = [];
    for (let index = 0; index < 30; index += 1) {
      statuses.push((await service.call('POST', '/api/payment/process', PAYMENT)).status);
    }
    sequences.push(statuses);
    await service.stop();
  }
  assert.ok(new Set(sequences[0]).size > 2, 'successes and several failures');
  assert.deepEqual(sequences[1], sequences[0]);
});

test('logs show the user id, and no other personal data', async (t) => {
  const service = await startProcess(t, 'crm-system', { OTEL_SDK_DISABLED: 'true' });
  await service.call('PUT', '/admin/behaviour', { ...QUICK, failure_rate: 0 });
  const data = { email: 'ada@example.org', name: 'Ada Lovelace' };
  await service.call('POST', '/api/customer/update', { user_id: 'user_7', data });
  await service.call('POST', '/api/customer/update', { user_id: ['ada@example.org'], data });
  await service.stop();
  const output = JSON.stringify(service.lines);
  assert.match(output, /"user\.id":"user_7"/);
  assert.doesNotMatch(output, /ada@example\.org|Lovelace/);
});

test('a bad configuration stops the start', async (t) => {
  for (const name of ['RANDOM_SEED', 'PORT']) {
    await assert.rejects(startProcess(t, 'crm-system', { OTEL_SDK_DISABLED: 'true', [name]: '-1' }));
  }
});

test('profiles are pushed under the name of the service', async (t) => {
  const pyroscope = await startPyroscope(t);
  const service = await startProcess(t, 'crm-system', {
    OTEL_EXPORTER_OTLP_ENDPOINT: NOTHING_LISTENS,
    PYROSCOPE_SERVER_ADDRESS: pyroscope.url,
  });
  assert.equal(await service.stop(), 0);
  assert.ok(pyroscope.pushed.length > 0);
  for (const url of pyroscope.pushed) {
    assert.match(decodeURIComponent(String(url)), /^\/ingest\?.*name=crm-system\{/);
  }
});

test('OTEL_SDK_DISABLED leaves nothing but the lines on stdout', async (t) => {
  const [receiver, pyroscope] = await Promise.all([startReceiver(t), startPyroscope(t)]);
  const service = await startProcess(t, 'payment-provider', {
    OTEL_SDK_DISABLED: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    PYROSCOPE_SERVER_ADDRESS: pyroscope.url,
  });
  await service.call('PUT', '/admin/behaviour', QUICK);
  assert.equal((await service.call('POST', '/api/payment/process', PAYMENT, TRACEPARENT)).status, 200);
  assert.equal(await service.stop(), 0);
  assert.ok(service.lines.some((line) => line['event.name'] === 'payment.processed'));
  for (const signal of /** @type {const} */ (['traces', 'metrics', 'logs'])) {
    assert.equal(receiver.bytes(signal).length, 0, signal);
  }
  assert.deepEqual(pyroscope.pushed, []);
});

/** @param {{ lines: import('@webstore/service/tests/support/process').LogLine[] }} service */
const warnings = ({ lines }) => lines.filter((line) => line['event.name'] === 'telemetry.export_failed');

/** @param {import('node:test').TestContext} t */
async function startPyroscope(t) {
  /** @type {(string | undefined)[]} */
  const pushed = [];
  const server = createHttpServer((request, response) => {
    pushed.push(request.url);
    request.resume();
    response.end();
  });
  return { pushed, url: `http://127.0.0.1:${await listen(t, server)}` };
}

/**
 * @param {import('node:test').TestContext} t
 * @param {import('node:net').Server} server
 * @returns {Promise<number>} its port
 */
async function listen(t, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
