import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromCents, toCents } from '@webstore/service/money';

test('amounts survive the way to cents and back', () => {
  for (const amount of [0.01, 0.07, 0.29, 1.1, 19.99, 1.15, 999_999.99, 1_000_000]) {
    assert.ok(Number.isInteger(toCents(amount)));
    assert.equal(fromCents(toCents(amount)), amount);
  }
});
