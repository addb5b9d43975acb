import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startProcess } from '@webstore/service/tests/support/process';

const PAYMENT = { amount: 12.5, currency: 'USD', country: 'US', payment_method: 'paypal' };
const CALM = { latency_ms: { min: 0, max: 0 }, failure_rate: 0, failure_rate_by_country: {} };
/** Longer than the process lives. */
const NEVER = { latency_ms: { min: 60_000, max: 60_000 } };
const DECLINE = { failure_rate: 1, errors: [{ status: 404, message: 'Payment method not found' }] };

/**
 * A provider that can be killed and started again on the same books.
 * @param {import('node:test').TestContext} t
 */
async function provider(t) {
  const directory = await mkdtemp(join(tmpdir(), 'books-test-'));
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const start = () =>
    startProcess(t, 'payment-provider', { OTEL_SDK_DISABLED: 'true', DATA_DIRECTORY: directory });
  let running = await start();

  /** @param {object} [settings] */
  const behave = (settings) => running.call('PUT', '/admin/behaviour', { ...CALM, ...settings });
  await behave();
  return {
    behave,
    /**
     * @param {string} key
     * @param {object} [payment]
     */
    pay: (key, payment = PAYMENT) =>
      running.call('POST', '/api/payment/process', payment, { 'idempotency-key': key }),
    /** @param {string} key */
    beginToPay: (key) => running.begin('/api/payment/process', PAYMENT, { 'idempotency-key': key }),
    /** @param {string} key */
    find: (key) => running.call('GET', `/api/payment/transactions/${key}`),
    /** @param {string} key */
    cancel: (key) => running.call('POST', `/api/payment/transactions/${key}/void`),
    async crash() {
      await running.kill();
      running = await start();
      await behave();
    },
  };
}

test('what was answered is known after a kill', async (t) => {
  const { behave, pay, find, cancel, crash } = await provider(t);
  const paid = await pay('paid');
  await pay('refunded');
  const refund = await cancel('refunded');
  await cancel('voided');
  await behave(DECLINE);
  const declined = await pay('declined');
  assert.equal(declined.status, 404);
  await crash();

  assert.deepEqual(await pay('paid'), paid);
  assert.deepEqual(await find('paid'), paid);
  assert.deepEqual(await pay('declined'), declined);
  assert.equal(
    (await pay('paid', { ...PAYMENT, amount: 1 })).body.type,
    'urn:webstore:problem:idempotency-conflict',
  );
  assert.deepEqual(await cancel('refunded'), refund);
  for (const key of ['refunded', 'voided']) {
    assert.equal((await find(key)).body.status, key);
    assert.equal((await pay(key)).status, 409);
  }
  assert.equal((await cancel('paid')).body.status, 'refunded');
  await crash();
  assert.equal((await find('paid')).body.status, 'refunded');
});

test('a kill during a charge leaves nothing, and the key can be used again', async (t) => {
  const { behave, beginToPay, pay, find, crash } = await provider(t);
  await behave(NEVER);
  const paying = await beginToPay('under-way');
  await crash();
  await assert.rejects(paying.status);
  assert.equal((await find('under-way')).status, 404);
  assert.equal((await pay('under-way')).status, 200);
});

test('of charges that a kill interrupts, every one that was answered is in the books', async (t) => {
  const { behave, pay, find, crash } = await provider(t);
  await behave({ latency_ms: { min: 0, max: 5000 } });
  const keys = Array.from({ length: 200 }, (_, index) => `kill-${index}`);
  const calls = keys.map((key) => pay(key));
  const paying = Promise.allSettled(calls);
  let some = 0;
  await new Promise((resolve) => {
    for (const call of calls) call.then(() => ++some === 20 && resolve(undefined), resolve);
  });
  await crash();
  const answers = (await paying).map((result) => (result.status === 'fulfilled' ? result.value : undefined));
  const answered = answers.filter(Boolean).length;
  assert.ok(answered >= 20 && answered < keys.length, `${answered} answered`);
  for (const [index, answer] of answers.entries()) {
    if (answer) assert.deepEqual(await find(keys[index]), answer);
    const again = await pay(keys[index]);
    assert.equal(again.status, 200);
    if (answer) assert.deepEqual(again, answer);
  }
});

test('a void while the charge is under way holds after a kill', async (t) => {
  const { behave, beginToPay, pay, find, cancel, crash } = await provider(t);
  await behave(NEVER);
  const paying = await beginToPay('overtaken');
  await behave();
  assert.equal((await cancel('overtaken')).body.status, 'voided');
  await crash();
  await assert.rejects(paying.status);
  assert.equal((await find('overtaken')).body.status, 'voided');
  assert.equal((await pay('overtaken')).status, 409);
});
