import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Behaviour } from '@webstore/service/behaviour';
import { createApp } from '@webstore/service/tests/support/app';
import { eventually } from '@webstore/service/tests/support/polling';
import * as service from '../service.js';

const { call, behave } = await createApp(service);
const PAYMENT = { amount: 999.99, currency: 'USD', country: 'US', payment_method: 'credit_card' };
const DECLINE = [{ status: 400, message: 'Invalid payment details' }];
const TRANSIENT = [{ status: 503, message: 'Payment service temporarily unavailable' }];

/**
 * @param {string} [key]
 * @param {object} [payment]
 */
const pay = (key, payment = PAYMENT) => call('POST', '/api/payment/process', payment, key);
/** @param {string} key */
const find = (key) => call('GET', `/api/payment/transactions/${encodeURIComponent(key)}`);
/** @param {string} key */
const cancel = (key) => call('POST', `/api/payment/transactions/${encodeURIComponent(key)}/void`);

/**
 * Payments take until they are released.
 * @param {import('node:test').TestContext} t
 */
function holdPayments(t) {
  let release = () => {};
  const held = /** @type {Promise<void>} */ (new Promise((resolve) => (release = resolve)));
  const { mock } = t.mock.method(
    Behaviour.prototype,
    'simulate',
    /** @param {import('@webstore/service/behaviour').Call} call */
    async ({ operation }) => (operation === 'process' ? held : undefined),
  );
  /** @param {number} count */
  const underWay = (count) => eventually(() => mock.callCount() === count, `${count} calls are under way`);
  return { release, underWay };
}

test('a payment succeeds and can be looked up', async () => {
  const { status, body } = await pay('success');
  assert.equal(status, 200);
  assert.match(body.transaction_id, /^TXN-/);
  assert.deepEqual(
    { status: body.status, amount: body.amount, currency: body.currency },
    {
      status: 'success',
      amount: 999.99,
      currency: 'USD',
    },
  );
  assert.ok(Date.now() - Date.parse(body.processed_at) < 5000);
  assert.deepEqual(await find('success'), { status: 200, type: 'application/json; charset=utf-8', body });
});

test('every payment without a key is a new one', async () => {
  const [first, second] = [await pay(), await pay()];
  assert.notEqual(first.body.transaction_id, second.body.transaction_id);
});

test('40 payments at once with one key are one transaction, whatever its outcome', async () => {
  await call('PUT', '/admin/behaviour', { latency_ms: { min: 0, max: 20 } });
  for (const key of ['at-once-1', 'at-once-2', 'at-once-3']) {
    const answers = await Promise.all(Array.from({ length: 40 }, () => pay(key)));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  }
  await behave({});
});

test('another payment under the same key is refused', async () => {
  await pay('conflict');
  const { status, body } = await pay('conflict', { ...PAYMENT, amount: 1 });
  assert.equal(status, 422);
  assert.equal(body.type, 'urn:webstore:problem:idempotency-conflict');
});

test('a decline is final', async () => {
  await behave({ failure_rate: 1, errors: DECLINE });
  const declined = await pay('declined');
  assert.equal(declined.status, 400);
  assert.deepEqual(declined.body, { error: 'Invalid payment details', status: 'failed' });
  await behave({});
  assert.deepEqual(await pay('declined'), declined);
  const { status, error } = (await find('declined')).body;
  assert.deepEqual({ status, error }, { status: 'declined', error: 'Invalid payment details' });
});

test('a transient failure leaves nothing behind', async () => {
  await behave({ failure_rate: 1, errors: TRANSIENT });
  const failed = await pay('transient');
  assert.deepEqual(
    [failed.status, failed.body],
    [503, { error: 'Payment service temporarily unavailable', status: 'failed' }],
  );
  assert.equal((await find('transient')).status, 404);
  await behave({});
  assert.equal((await pay('transient')).status, 200);
});

test('lookup and void meet an outage, but no random failure', async () => {
  await pay('steady');
  await behave({ failure_rate: 1, errors: TRANSIENT });
  assert.equal((await find('steady')).status, 200);
  assert.equal((await pay('steady')).status, 200, 'nor does a repeated payment');
  await behave({ outage: true });
  for (const answer of [await find('steady'), await cancel('steady'), await pay('steady')]) {
    assert.equal(answer.status, 503);
    assert.equal(answer.body.error, 'Payment service temporarily unavailable');
  }
  await behave({});
  assert.equal((await find('steady')).body.status, 'success');
});

test('void refunds a charge', async () => {
  const { transaction_id } = (await pay('refund')).body;
  const refunded = { status: 'refunded', transaction_id };
  assert.deepEqual((await cancel('refund')).body, refunded);
  assert.deepEqual((await cancel('refund')).body, refunded, 'idempotent');
  assert.equal((await find('refund')).body.status, 'refunded');
  assert.equal((await pay('refund')).status, 409);
});

test('void before the charge forbids it', async () => {
  assert.deepEqual((await cancel('early')).body, { status: 'voided' });
  await behave({ failure_rate: 1, errors: TRANSIENT });
  const { status, body } = await pay('early');
  assert.equal(status, 409);
  assert.deepEqual(body, { error: 'Transaction voided', status: 'voided' });
  await behave({});
  assert.equal((await find('early')).body.status, 'voided');
});

test('void of a declined payment', async () => {
  await behave({ failure_rate: 1, errors: DECLINE });
  await pay('declined-void');
  await behave({});
  assert.equal((await cancel('declined-void')).body.status, 'voided');
  assert.equal((await pay('declined-void')).status, 409);
});

test('void while a payment is under way prevents the charge', async (t) => {
  const { release, underWay } = holdPayments(t);
  const paying = pay('overtaken');
  await underWay(1);
  assert.equal((await cancel('overtaken')).body.status, 'voided');
  release();
  assert.equal((await paying).status, 409);
});

test('a lookup while a payment is under way waits for its outcome', async (t) => {
  const { release, underWay } = holdPayments(t);
  const paying = pay('under-way');
  await underWay(1);
  const finding = find('under-way');
  await underWay(2);
  release();
  assert.equal((await finding).body.status, 'success');
  await paying;
});

test('a key may be anything visible', async () => {
  const key = `${'/?#%'.repeat(63)}abc`;
  const { body } = await pay(key);
  assert.deepEqual((await find(key)).body, body);
});

test('404 for a key that was never used', async () => {
  const { status, body } = await find('never');
  assert.equal(status, 404);
  assert.equal(body.type, 'urn:webstore:problem:not-found');
});

for (const wrong of [
  { amount: -1 },
  { amount: 0 },
  { amount: 1_000_000.01 },
  { amount: 12.345 },
  { amount: '12' },
  { amount: null },
  { currency: 'EUR' },
  { country: 'x'.repeat(17) },
  { payment_method: 'cash' },
  { payment_method: undefined },
]) {
  test(`422 for ${JSON.stringify(wrong)}`, async () => {
    const { status, body } = await pay(undefined, { ...PAYMENT, ...wrong });
    assert.equal(status, 422);
    assert.equal(body.errors[0].field, Object.keys(wrong)[0]);
  });
}

test('the default failure rates', () => {
  assert.deepEqual(service.defaults.failure_rate_by_country, {
    US: 0.05,
    UK: 0.07,
    DE: 0.06,
    FR: 0.08,
    JP: 0.1,
    BR: 0.15,
    IN: 0.12,
  });
});
