import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '@webstore/service/bounded-map';
import { IdempotentCalls, REMEMBERED_KEYS } from '@webstore/service/idempotency';

function counter() {
  let count = 0;
  return async () => ++count;
}

test('calls at once with one key share one execution', async () => {
  const calls = new IdempotentCalls();
  const execute = counter();
  const results = await Promise.all(Array.from({ length: 40 }, () => calls.run('key', { a: 1 }, execute)));
  assert.deepEqual(new Set(results), new Set([1]));
});

test('another request under the same key is a conflict', async () => {
  const calls = new IdempotentCalls();
  await calls.run('key', { a: 1 }, counter());
  await assert.rejects(calls.run('key', { a: 2 }, counter()), { name: 'idempotency-conflict', status: 422 });
});

test('a failure is not remembered', async () => {
  const calls = new IdempotentCalls();
  const failing = async () => {
    throw new Error('transient');
  };
  await assert.rejects(calls.run('key', {}, failing), { message: 'transient' });
  assert.equal(await calls.run('key', {}, counter()), 1);
});

test('the oldest key is forgotten when there are too many', async () => {
  const calls = new IdempotentCalls();
  const execute = counter();
  for (let key = 0; key <= REMEMBERED_KEYS; key += 1) await calls.run(String(key), {}, execute);
  assert.equal(await calls.run(String(REMEMBERED_KEYS), {}, execute), REMEMBERED_KEYS + 1);
  assert.equal(await calls.run('0', {}, execute), REMEMBERED_KEYS + 2);
});

test('a bounded map keeps the newest entries, and a change is no new entry', () => {
  const map = new BoundedMap(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  assert.deepEqual(
    [...map],
    [
      ['b', 2],
      ['c', 4],
    ],
  );
});
