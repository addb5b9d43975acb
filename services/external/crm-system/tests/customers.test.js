import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '@webstore/service/tests/support/app';
import * as service from '../service.js';

const { call, behave } = await createApp(service);
const ORDER = { user_id: 'user_1', order_id: '17', amount: 12.5, country: 'US' };

test('records an order', async () => {
  const { status, body } = await call('POST', '/api/customer/order', ORDER);
  assert.equal(status, 200);
  assert.equal(body.status, 'recorded');
  assert.equal(body.order_id, '17');
  assert.match(body.customer_id, /^CUST-/);
  assert.ok(Date.parse(body.recorded_at));
});

test('records an order once a key, also at the same time', async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => call('POST', '/api/customer/order', ORDER, 'order-17')),
  );
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  const other = await call('POST', '/api/customer/order', { ...ORDER, order_id: '18' }, 'order-17');
  assert.equal(other.status, 422);
});

test('a failed order can be tried again with its key', async () => {
  await behave({ failure_rate: 1, errors: [{ status: 404, message: 'Customer not found' }] });
  const failed = await call('POST', '/api/customer/order', ORDER, 'again');
  assert.deepEqual([failed.status, failed.body], [404, { error: 'Customer not found', status: 'failed' }]);
  await behave({});
  assert.equal((await call('POST', '/api/customer/order', ORDER, 'again')).status, 200);
});

test('updates a customer, whose id stays', async () => {
  const { body } = await call('POST', '/api/customer/update', { user_id: 'user_1', data: { vip: true } });
  assert.equal(body.status, 'updated');
  assert.ok(Date.parse(body.updated_at));
  assert.equal(body.customer_id, (await call('POST', '/api/customer/order', ORDER)).body.customer_id);
});

for (const wrong of [{ user_id: 5 }, { user_id: '' }, { order_id: '' }, { amount: -1 }, { country: null }]) {
  test(`422 for ${JSON.stringify(wrong)}`, async () => {
    const { status, body } = await call('POST', '/api/customer/order', { ...ORDER, ...wrong });
    assert.equal(status, 422);
    assert.equal(body.errors[0].field, Object.keys(wrong)[0]);
  });
}

test('422 for data that is no object', async () => {
  assert.equal((await call('POST', '/api/customer/update', { user_id: 'u', data: 'x' })).status, 422);
});
