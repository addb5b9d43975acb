import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '../api/errors';
import { notices } from '../components/notices';
import { country } from '../session/country';
import {
  cartOf,
  fakeAction,
  fakeShop,
  json,
  LAPTOP,
  logIn,
  lostResponse,
  MOUSE,
  problem,
} from '../testing/fakeShop';
import { localCart } from './localCart';
import { mergePending } from './merge';
import { serverCart } from './serverCart';

const merged = () => json({ ...cartOf([LAPTOP, 1]), skipped: [] });
const keysOf = (calls: { headers: Headers }[]) => calls.map((call) => call.headers.get('Idempotency-Key'));

beforeEach(() => {
  country.set('FR');
  localCart.add(LAPTOP, 1);
  logIn();
});

test('items are sent once, and are then the user’s', async () => {
  const calls = fakeShop({ 'POST /cart/merge': merged });
  expect(await mergePending(fakeAction(), 'user123')).toBe(true);
  expect(await mergePending(fakeAction(), 'user123')).toBe(false);
  expect(calls.map((call) => call.body)).toEqual([
    { items: [{ product_id: 1, quantity: 1 }], country: 'FR' },
  ]);
  expect(serverCart.of('user123')?.items).toHaveLength(1);
  expect(localCart.get()).toEqual({ lines: [], merges: [] });
});

test('after a lost response the same request has the same key', async () => {
  let isLost = true;
  const calls = fakeShop({ 'POST /cart/merge': (call) => (isLost ? lostResponse(call) : merged()) });
  await expect(mergePending(fakeAction(), 'user123')).rejects.toBeInstanceOf(ApiError);
  isLost = false;
  country.set('DE');
  await mergePending(fakeAction(), 'user123');
  expect(new Set(keysOf(calls)).size).toBe(1);
  expect(calls[1]?.body).toEqual(calls[0]?.body);
});

test('merge is given up once main-service has forgotten its key', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const calls = fakeShop({ 'POST /cart/merge': lostResponse });
  await expect(mergePending(fakeAction(), 'user123')).rejects.toBeInstanceOf(ApiError);
  vi.setSystemTime(Date.now() + 24 * 3600 * 1000);
  await mergePending(fakeAction(), 'user123');
  vi.useRealTimers();
  expect(calls).toHaveLength(1);
  expect(localCart.get().merges).toEqual([]);
  expect(notices.get()?.text).toContain('may be missing');
});

test('two requests for a merge at once are one', async () => {
  const calls = fakeShop({ 'POST /cart/merge': merged });
  await Promise.all([mergePending(fakeAction(), 'user123'), mergePending(fakeAction(), 'user123')]);
  expect(calls).toHaveLength(1);
});

test('merge of another user is not taken for one’s own', async () => {
  let respond: (response: Response) => void = () => undefined;
  const slow = new Promise<Response>((resolve) => (respond = resolve));
  const calls = fakeShop({ 'POST /cart/merge': () => (calls.length === 1 ? slow : merged()) });
  const first = mergePending(fakeAction(), 'user123');
  logIn('test');
  localCart.add(MOUSE, 2);
  expect(await mergePending(fakeAction(), 'test')).toBe(true);
  expect(calls[1]?.body).toMatchObject({ items: [{ product_id: 7, quantity: 2 }] });
  respond(merged());
  await first;
  expect(localCart.get()).toEqual({ lines: [], merges: [] });
});

test('items of a user are never sent with the login of another', async () => {
  fakeShop({ 'POST /cart/merge': lostResponse });
  await mergePending(fakeAction(), 'user123').catch(() => undefined);
  localCart.add(MOUSE, 2);
  const calls = fakeShop({
    'POST /cart/merge': () => {
      logIn('test'); // in another tab
      return merged();
    },
  });
  await mergePending(fakeAction(), 'user123');
  expect(calls).toHaveLength(1);
  expect(localCart.mergesOf('user123')).toMatchObject([{ lines: [{ productId: 7 }] }]);
});

test('what is added after a lost response is a request of its own', async () => {
  let isLost = true;
  const calls = fakeShop({ 'POST /cart/merge': (call) => (isLost ? lostResponse(call) : merged()) });
  await mergePending(fakeAction(), 'user123').catch(() => undefined);
  localCart.add(MOUSE, 2);
  isLost = false;
  await mergePending(fakeAction(), 'user123');
  expect(calls.map((call) => call.body)).toMatchObject([
    { items: [{ product_id: 1 }] },
    { items: [{ product_id: 1 }] },
    { items: [{ product_id: 7, quantity: 2 }] },
  ]);
  expect(new Set(keysOf(calls)).size).toBe(2);
});

test('rejected merge is not sent for ever', async () => {
  const calls = fakeShop({ 'POST /cart/merge': () => problem(422, 'validation-failed', 'x') });
  await mergePending(fakeAction(), 'user123');
  await mergePending(fakeAction(), 'user123');
  expect(calls).toHaveLength(1);
  expect(notices.get()?.text).toContain('could not be added');
});

test.each([401, 429, 500, 503])('merge with response %i stays for later', async (status) => {
  fakeShop({ 'POST /cart/merge': () => problem(status, 'some-problem', 'x') });
  await expect(mergePending(fakeAction(), 'user123')).rejects.toBeInstanceOf(ApiError);
  expect(localCart.mergesOf('user123')).toHaveLength(1);
});

test('products that are no longer sold are named', async () => {
  localCart.add(MOUSE, 1);
  fakeShop({ 'POST /cart/merge': () => json({ ...cartOf([LAPTOP, 1]), skipped: [7] }) });
  await mergePending(fakeAction(), 'user123');
  expect(notices.get()?.text).toBe('No longer sold, so not in your cart: Mouse.');
});
