import { beforeEach, expect, test } from 'vitest';
import {
  CONFIRMED,
  fakeAction,
  fakeShop,
  html,
  json,
  logIn,
  lostResponse,
  problem,
  SERVER_TRACE_ID,
  timeout,
  TRACE_ID,
  type Handler,
} from '../testing/fakeShop';
import { attempts } from './attempts';
import { failureOf, pay } from './pay';

const begin = () =>
  attempts.begin('user123', '1x1', { payment_method: 'credit_card', country: 'US' }).attempt;
const payWith = (handler: Handler, isRepeat = false) => {
  fakeShop({ 'POST /checkout': handler });
  return pay(fakeAction(), begin(), isRepeat);
};

beforeEach(() => logIn());

test('request has the attempt’s key and body', async () => {
  const calls = fakeShop({ 'POST /checkout': () => json(CONFIRMED) });
  const attempt = begin();
  await pay(fakeAction(), attempt, false);
  expect(calls[0]?.headers.get('Idempotency-Key')).toBe(attempt.key);
  expect(calls[0]?.body).toEqual({ payment_method: 'credit_card', country: 'US' });
});

test('confirmed order settles every attempt', async () => {
  attempts.begin('user123', '7x1', { payment_method: 'paypal', country: 'US' });
  const outcome = await payWith(() => json(CONFIRMED));
  expect(outcome).toMatchObject({ kind: 'confirmed', traceId: SERVER_TRACE_ID, result: { order_id: 17 } });
  expect(attempts.get()).toEqual([]);
});

test('order without a trace ID has that of the request', async () => {
  const outcome = await payWith(() => json({ ...CONFIRMED, trace_id: null }));
  expect(outcome).toMatchObject({ kind: 'confirmed', traceId: TRACE_ID });
});

test.each([
  [402, 'payment-declined'],
  [409, 'sold-out'],
  [409, 'order-cancelled'],
  [409, 'cart-empty'],
  [422, 'coupon-not-valid'],
  [422, 'idempotency-conflict'],
  [503, 'coupon-unavailable'],
  [503, 'payment-unavailable'],
])('%i %s is final: the next payment is a new one', async (status, name) => {
  const outcome = await payWith(() => problem(status, name, 'Because.', { order_id: 17 }));
  expect(outcome).toEqual({
    kind: 'rejected',
    problem: name,
    detail: 'Because.',
    orderId: 17,
    traceId: SERVER_TRACE_ID,
  });
  expect(attempts.get()).toEqual([]);
});

test.each<[string, Handler]>([
  ['lost response', lostResponse],
  ['time-out', timeout],
  ['checkout-pending', () => problem(503, 'checkout-pending', 'Not known yet.', { order_id: 17 })],
  ['database outage', () => problem(503, 'unavailable', 'x')],
  ['crash', () => problem(500, 'internal-error', 'x')],
  ['nginx without main-service', () => html(502)],
  ['nginx’s time-out', () => problem(504, 'gateway-timeout', 'x')],
  ['empty response', () => new Response('')],
  ['HTML with status 200', () => html(200)],
  ['HTML with status 404', () => html(404)],
])('%s leaves the outcome unknown and the key as it is', async (_, handler) => {
  const { key } = begin();
  expect(await payWith(handler)).toMatchObject({ kind: 'unknown' });
  expect(begin().key).toBe(key);
});

test('pending order is remembered with its trace', async () => {
  await payWith(() => problem(503, 'checkout-pending', 'Not known yet.', { order_id: 17 }));
  expect(attempts.of('user123')).toMatchObject({ orderId: 17, traceId: SERVER_TRACE_ID });
});

test.each([
  [401, 'not-authenticated'],
  [422, 'validation-failed'],
  [429, 'rate-limited'],
])('%i %s had no effect: nothing is unknown', async (status, name) => {
  expect(await payWith(() => problem(status, name, 'x'))).toMatchObject({ kind: 'not-processed' });
  expect(attempts.get()).toEqual([]);
});

test('repeat without effect leaves the first payment unknown', async () => {
  const { key } = begin();
  await payWith(() => problem(429, 'rate-limited', 'x'), true);
  expect(attempts.of('user123')?.key).toBe(key);
});

test.each<[string, string | undefined, Handler]>([
  ['confirmed', undefined, () => json(CONFIRMED)],
  ['declined', undefined, () => problem(402, 'payment-declined', 'x')],
  ['sold out', undefined, () => problem(409, 'sold-out', 'x')],
  ['no payments', 'payment-unavailable', () => problem(503, 'payment-unavailable', 'x')],
  ['lost response', 'unknown', lostResponse],
])('%s: the action’s failure is %s', async (_, failure, handler) => {
  expect(failureOf(await payWith(handler))).toBe(failure);
});
