import { expect, test } from 'vitest';
import type { CheckoutRequest } from '../api/types';
import { attempts, fingerprint } from './attempts';

const REQUEST: CheckoutRequest = { payment_method: 'credit_card', country: 'US' };
const CART = '1x1';
const HOUR = 3600 * 1000;

const keyOf = (request: CheckoutRequest = REQUEST, cart = CART, user = 'user123', now?: number) =>
  attempts.begin(user, cart, request, now).attempt.key;

test('key can’t be guessed and needs no secure context', () => {
  expect(keyOf()).toMatch(/^[0-9a-f]{32}$/);
});

test('same purchase of unknown outcome has the same key', () => {
  const first = attempts.begin('user123', CART, REQUEST);
  const second = attempts.begin('user123', CART, { country: 'US', payment_method: 'credit_card' });
  expect(first.isRepeat).toBe(false);
  expect(second.isRepeat).toBe(true);
  expect(second.attempt.key).toBe(first.attempt.key);
});

test.each([
  ['method', { ...REQUEST, payment_method: 'paypal' } as const, CART, 'user123'],
  ['coupon', { ...REQUEST, coupon_code: 'SAVE20' }, CART, 'user123'],
  ['country', { ...REQUEST, country: 'DE' } as const, CART, 'user123'],
  ['cart', REQUEST, '1x2', 'user123'],
  ['user', REQUEST, CART, 'test'],
])('another %s is another purchase', (_, request, cart, user) => {
  expect(keyOf(request, cart, user)).not.toBe(keyOf());
});

test('settled purchase has a new key the next time', () => {
  const first = keyOf();
  attempts.settle(first);
  expect(attempts.of('user123')).toBeUndefined();
  expect(keyOf()).not.toBe(first);
});

test('attempt is stored before anything else happens, for all tabs', () => {
  const key = keyOf();
  expect(localStorage.getItem('webstore.checkout')).toContain(key);
});

test('attempt is settled by its order', () => {
  const key = keyOf();
  attempts.note(key, { orderId: 17 });
  attempts.settleOrder(18);
  expect(attempts.of('user123')).toMatchObject({ key, orderId: 17 });
  attempts.settleOrder(17);
  expect(attempts.of('user123')).toBeUndefined();
});

test('key is not used for longer than main-service keeps it', () => {
  const now = Date.now();
  const key = keyOf(REQUEST, CART, 'user123', now);
  expect(keyOf(REQUEST, CART, 'user123', now + 22 * HOUR)).toBe(key);
  expect(attempts.of('user123', now + 24 * HOUR)).toBeUndefined();
  expect(attempts.of('user123', now - 24 * HOUR)).toBeUndefined();
  expect(keyOf(REQUEST, CART, 'user123', now + 24 * HOUR)).not.toBe(key);
});

test('lines in another order are the same cart', () => {
  const laptop = { productId: 1, quantity: 1 };
  const mouse = { productId: 7, quantity: 2 };
  expect(fingerprint([laptop, mouse])).toBe(fingerprint([mouse, laptop]));
});

const WITHOUT_REQUEST = '[{"key":"k","userId":"user123","cart":"1x1","startedAt":0,"request":null}]';

test.each(['{}', '[null]', '[{"key":"k"}]', WITHOUT_REQUEST, 'x'])('stored %s is no attempt', (raw) => {
  localStorage.setItem('webstore.checkout', raw);
  expect(attempts.of('user123', 0)).toBeUndefined();
});
