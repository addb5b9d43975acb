import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '@webstore/service/tests/support/app';
import { MAX_CASES } from '../cases.js';
import * as service from '../service.js';

const { call, behave } = await createApp(service);

/**
 * Alertmanager's webhook, version 4.
 * @param {'firing' | 'resolved'} status
 * @param {...string} fingerprints
 */
function notify(status, ...fingerprints) {
  const alerts = fingerprints.map((fingerprint) => ({
    status,
    labels: {
      alertname: 'CheckoutErrorBudgetBurn',
      severity: 'critical',
      team: 'checkout',
      job: fingerprint,
    },
    annotations: {
      summary: 'Burning',
      description: 'Too fast',
      runbook_url: 'https://example.org/runbook',
      dashboard_url: 'https://example.org/dashboard',
    },
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph',
    fingerprint,
  }));
  return call('POST', '/api/cases', {
    version: '4',
    groupKey: '{}:{alertname="CheckoutErrorBudgetBurn"}',
    truncatedAlerts: 0,
    status,
    receiver: 'crm-system',
    groupLabels: { alertname: 'CheckoutErrorBudgetBurn' },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts,
  });
}

/** @param {'open' | 'closed'} [status] */
async function list(status) {
  const { body } = await call('GET', `/api/cases${status ? `?status=${status}` : ''}`);
  return body.cases;
}

test('an alert opens a case, stays it when repeated, closes it, reopens it', async () => {
  const { status, body } = await notify('firing', 'f1');
  assert.equal(status, 200);
  assert.equal(body.cases.length, 1);
  const [opened] = await list('open');
  const { opened_at, ...rest } = opened;
  assert.ok(Date.parse(opened_at));
  assert.deepEqual(rest, {
    id: body.cases[0],
    fingerprint: 'f1',
    alertname: 'CheckoutErrorBudgetBurn',
    severity: 'critical',
    team: 'checkout',
    status: 'open',
    summary: 'Burning',
    description: 'Too fast',
    runbook_url: 'https://example.org/runbook',
    dashboard_url: 'https://example.org/dashboard',
    generator_url: 'http://prometheus:9090/graph',
    labels: { alertname: 'CheckoutErrorBudgetBurn', severity: 'critical', team: 'checkout', job: 'f1' },
    closed_at: null,
  });

  assert.deepEqual((await notify('firing', 'f1')).body, body);
  assert.deepEqual(await list(), [opened]);

  assert.deepEqual((await notify('resolved', 'f1')).body, body);
  assert.deepEqual(await list('open'), []);
  const [closed] = await list('closed');
  assert.ok(Date.parse(closed.closed_at) >= Date.parse(opened_at));
  await notify('resolved', 'f1');
  assert.deepEqual(await list('closed'), [closed]);

  assert.deepEqual((await notify('firing', 'f1')).body, body);
  assert.equal((await list('open'))[0].closed_at, null);
  assert.deepEqual(await list('closed'), []);
});

test('newest first, and a reopened case is new', async () => {
  await notify('firing', 'a', 'b');
  await notify('resolved', 'a');
  await notify('firing', 'a');
  const fingerprints = (await list('open')).map((/** @type {any} */ one) => one.fingerprint);
  assert.deepEqual(fingerprints.slice(0, 2), ['a', 'b']);
});

test('an alert that is resolved before it was reported makes no case', async () => {
  assert.deepEqual((await notify('resolved', 'unheard')).body, { cases: [] });
});

test('cases come in during an outage', async () => {
  await behave({ outage: true, failure_rate: 1 });
  assert.equal((await notify('firing', 'outage')).status, 200);
  assert.equal((await call('GET', '/api/cases')).status, 200);
  await behave({});
});

test('the newest cases are kept', async () => {
  for (let index = 0; index <= MAX_CASES; index += 100) {
    await notify('firing', ...Array.from({ length: 100 }, (_, offset) => `many-${index + offset}`));
  }
  const cases = await list();
  assert.equal(cases.length, MAX_CASES);
  assert.equal(cases[0].fingerprint, `many-${MAX_CASES + 99}`);
});

test('422 for what is no webhook of version 4', async () => {
  for (const body of [{}, { version: '3', alerts: [] }, { version: '4', alerts: [{ status: 'firing' }] }]) {
    assert.equal((await call('POST', '/api/cases', body)).status, 422);
  }
  assert.equal((await call('GET', '/api/cases?status=lost')).status, 422);
});
