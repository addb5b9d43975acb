import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createApp } from '@webstore/service/tests/support/app';
import * as service from '../service.js';

const { app, call, behave } = await createApp(service);
after(() => app.close());
const PAYMENT = { amount: 7.25, currency: 'USD', country: 'US', payment_method: 'credit_card' };
const KEYS = Array.from({ length: 7 }, (_, index) => `order/${index}&?`);

/** @param {Record<string, string>} query */
const report = (query) => call('GET', `/api/payment/transactions?${new URLSearchParams(query)}`);

/** @param {string} limit */
async function walk(limit) {
  const sizes = [];
  const found = [];
  for (let after; after !== null;) {
    const { body } = await report({ limit, ...(after && { after }) });
    sizes.push(body.transactions.length);
    found.push(...body.transactions);
    after = body.next_after;
  }
  return { sizes, found };
}

test('empty books make an empty report', async () => {
  const { status, body } = await report({});
  assert.deepEqual({ status, body }, { status: 200, body: { transactions: [], next_after: null } });
});

test('a walk sees every decided transaction once, in the order of keys', async () => {
  for (const key of KEYS.toReversed()) await call('POST', '/api/payment/process', PAYMENT, key);
  await call('POST', `/api/payment/transactions/${encodeURIComponent(KEYS[2])}/void`);
  await call('POST', '/api/payment/transactions/early/void');
  await behave({ failure_rate: 1, errors: [{ status: 400, message: 'Invalid payment details' }] });
  await call('POST', '/api/payment/process', PAYMENT, 'declined');
  await behave({ failure_rate: 1, errors: [{ status: 503, message: 'not now' }] });
  await call('POST', '/api/payment/process', PAYMENT, 'failed');
  await behave({});

  const { sizes, found } = await walk('4');
  assert.deepEqual(sizes, [4, 4, 1]);
  assert.deepEqual(
    found.map((one) => [one.idempotency_key, one.status, one.amount]),
    [
      ['declined', 'declined', 7.25],
      ['early', 'voided', undefined],
      ...KEYS.map((key, index) => [key, index === 2 ? 'refunded' : 'success', 7.25]),
    ],
  );
  const { transaction_id, processed_at, ...rest } = found[2];
  assert.deepEqual(rest, { idempotency_key: KEYS[0], status: 'success', amount: 7.25, currency: 'USD' });
  assert.match(transaction_id, /^TXN-/);
  assert.ok(Date.parse(processed_at));
});

test('a cursor need not be a key that exists, and the last full page is followed by an empty one', async () => {
  const { body } = await report({ after: 'early!' });
  assert.equal(body.transactions[0].idempotency_key, KEYS[0]);
  assert.deepEqual((await walk('9')).sizes, [9, 0]);
});

test('100 a page unless asked otherwise', async () => {
  const keys = Array.from({ length: 101 }, (_, index) => `many-${index}`);
  await Promise.all(keys.map((key) => call('POST', '/api/payment/process', PAYMENT, key)));
  assert.equal((await report({})).body.transactions.length, 100);
  assert.equal((await report({ limit: '500' })).body.transactions.length, 110);
});

/** @type {Record<string, string>[]} */
const INVALID = [
  { limit: '0' },
  { limit: '501' },
  { limit: '-1' },
  { limit: '1.5' },
  { limit: 'x' },
  { after: '' },
];

for (const query of INVALID) {
  test(`422 for ${JSON.stringify(query)}`, async () => {
    const { status, body } = await report(query);
    assert.equal(status, 422);
    assert.equal(body.errors[0].field, Object.keys(query)[0]);
  });
}

test('the report meets an outage', async () => {
  await behave({ outage: true });
  assert.equal((await report({})).status, 503);
  await behave({});
});
