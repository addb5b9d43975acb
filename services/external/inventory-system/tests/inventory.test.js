import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '@webstore/service/tests/support/app';
import * as service from '../service.js';

const { call, behave } = await createApp(service);
const REQUEST = { product_id: 1, quantity: 2, country: 'US' };

/** @param {object} [request] */
const check = (request) => call('POST', '/api/inventory/check', { ...REQUEST, ...request });
/**
 * @param {string} orderId
 * @param {object} [request]
 * @param {string} [key]
 */
const reserve = (orderId, request, key) =>
  call('POST', '/api/inventory/reserve', { ...REQUEST, order_id: orderId, ...request }, key);
/**
 * @param {string} orderId
 * @param {number} [productId]
 */
const release = (orderId, productId = 1) =>
  call('POST', '/api/inventory/release', { order_id: orderId, product_id: productId });

/** @returns {Promise<Record<string, Record<string, number>>>} stock by warehouse and product */
async function stock() {
  const { body } = await call('GET', '/api/inventory/warehouses');
  return Object.fromEntries(body.warehouses.map((/** @type {any} */ one) => [one.warehouse, one.stock]));
}

test('seven warehouses with 5000 to 9999 of each product', async () => {
  const { body } = await call('GET', '/api/inventory/warehouses');
  const days = body.warehouses.map((/** @type {any} */ one) => [one.warehouse, one.fulfillment_days]);
  assert.deepEqual(Object.fromEntries(days), {
    'US-EAST': 2,
    'US-WEST': 2,
    'EU-CENTRAL': 3,
    'UK-LONDON': 2,
    'ASIA-TOKYO': 3,
    'SA-BRAZIL': 5,
    'ASIA-MUMBAI': 4,
  });
  for (const quantities of Object.values(await stock())) {
    assert.deepEqual(Object.keys(quantities), ['1', '2', '3', '4', '5', '6', '7', '8']);
    for (const quantity of Object.values(quantities)) assert.ok(quantity >= 5000 && quantity <= 9999);
  }
});

for (const [country, warehouse, days] of [
  ['US', 'US-EAST', 2],
  ['UK', 'UK-LONDON', 2],
  ['DE', 'EU-CENTRAL', 3],
  ['FR', 'EU-CENTRAL', 3],
  ['JP', 'ASIA-TOKYO', 3],
  ['BR', 'SA-BRAZIL', 5],
  ['IN', 'ASIA-MUMBAI', 4],
  ['CH', 'US-EAST', 2],
  ['constructor', 'US-EAST', 2],
]) {
  test(`${country} is served from ${warehouse}`, async () => {
    const { checked_at, stock: inStock, ...rest } = (await check({ country })).body;
    assert.ok(Date.parse(checked_at));
    assert.equal(inStock, (await stock())[warehouse][1]);
    assert.deepEqual(rest, {
      product_id: 1,
      quantity: 2,
      available: true,
      warehouse,
      fulfillment_days: days,
    });
  });
}

test('an unavailable quantity comes a week later from the first warehouse', async () => {
  const { body } = await check({ country: 'IN', quantity: 10_000 });
  assert.equal(body.available, false);
  assert.equal(body.warehouse, 'ASIA-MUMBAI');
  assert.equal(body.fulfillment_days, 11);
  assert.equal((await check({ product_id: 99 })).body.stock, 0);
});

test('a reservation takes stock, once', async () => {
  const before = (await stock())['US-EAST'][1];
  const { status, body } = await reserve('once');
  assert.equal(status, 200);
  assert.match(body.reservation_id, /^RES-/);
  assert.equal(body.status, 'success');
  assert.equal(body.fulfillment_days, 2);
  assert.ok(Date.parse(body.reserved_at));
  assert.deepEqual((await reserve('once')).body, body);
  assert.deepEqual((await reserve('keyed', {}, 'key')).body, (await reserve('keyed', {}, 'key')).body);
  assert.equal((await reserve('once', { quantity: 3 })).status, 422);
  assert.equal((await stock())['US-EAST'][1], before - 4);
});

test('reservations at once never oversell, and the next warehouse helps out', async () => {
  await behave({ latency_ms: { min: 0, max: 20 } });
  const before = await stock();
  const quantity = 1000;
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, order) => reserve(`rush-${order}`, { product_id: 2, quantity })),
  );
  const sold = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 409);
  const fits = ['US-EAST', 'US-WEST'].map((warehouse) => Math.floor(before[warehouse][2] / quantity));
  assert.equal(sold.length, fits[0] + fits[1]);
  assert.equal(sold.filter(({ body }) => body.warehouse === 'US-WEST').length, fits[1]);
  assert.equal(refused.length, 30 - sold.length);
  const after = await stock();
  assert.deepEqual(refused[0].body, {
    error: 'Insufficient stock',
    status: 'out_of_stock',
    available_stock: after['US-EAST'][2],
  });
  assert.equal(after['US-EAST'][2], before['US-EAST'][2] % quantity);
  assert.equal(after['US-WEST'][2], before['US-WEST'][2] % quantity);

  await Promise.all(answers.map((_, order) => release(`rush-${order}`, 2)));
  assert.deepEqual(await stock(), before, 'all stock is back');
  await behave({});
});

test('sold out is not remembered', async () => {
  await reserve('hoarder', { product_id: 3, country: 'JP', quantity: 5000 });
  const rest = (await stock())['ASIA-TOKYO'][3];
  assert.equal((await reserve('patient', { product_id: 3, country: 'JP', quantity: rest + 1 })).status, 409);
  await release('hoarder', 3);
  assert.equal((await reserve('patient', { product_id: 3, country: 'JP', quantity: rest + 1 })).status, 200);
});

test('release gives the stock back once', async () => {
  const before = await stock();
  await reserve('given-back', {}, 'key-1');
  await reserve('given-back', { quantity: 5 }, 'key-2');
  assert.deepEqual((await release('given-back')).body, { status: 'released' });
  assert.deepEqual((await release('given-back')).body, { status: 'released' });
  assert.deepEqual(await stock(), before);
  const late = await reserve('given-back', {}, 'key-1');
  assert.deepEqual([late.status, late.body.status], [409, 'released']);
});

test('a release that overtakes its reservation keeps the stock free', async () => {
  const before = await stock();
  assert.deepEqual((await release('overtaken')).body, { status: 'not_found' });
  assert.deepEqual((await release('overtaken')).body, { status: 'not_found' });
  const { status, body } = await reserve('overtaken');
  assert.equal(status, 409);
  assert.deepEqual(body, { error: 'Reservation released', status: 'released' });
  assert.deepEqual(await stock(), before);
});

test('a simulated failure takes no stock', async () => {
  const before = await stock();
  await behave({ failure_rate: 1, errors: [{ status: 500, message: 'Inventory database error' }] });
  const { status, body } = await reserve('failed');
  assert.deepEqual([status, body], [500, { error: 'Inventory database error', status: 'failed' }]);
  await behave({});
  assert.deepEqual(await stock(), before);
});

for (const wrong of [
  { quantity: 0 },
  { quantity: -5 },
  { quantity: 1.5 },
  { quantity: 1e9 },
  { quantity: 10_001 },
  { quantity: '2' },
  { product_id: 0 },
  { product_id: 'one' },
  { country: 7 },
]) {
  test(`422 for ${JSON.stringify(wrong)}`, async () => {
    for (const { status, body } of [await check(wrong), await reserve('invalid', wrong)]) {
      assert.equal(status, 422);
      assert.equal(body.errors[0].field, Object.keys(wrong)[0]);
    }
  });
}
