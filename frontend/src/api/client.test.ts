import { expect, test, vi } from 'vitest';
import { session } from '../session/session';
import {
  cartOf,
  fakeAction,
  fakeShop,
  html,
  json,
  LAPTOP,
  logIn,
  lostResponse,
  problem,
  timeout,
} from '../testing/fakeShop';
import { ApiError } from './errors';
import * as shop from './shop';

async function failure(request: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await request.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

test('request goes through the action, with path and template', async () => {
  fakeShop({ 'GET /US/products/1': () => json(LAPTOP) });
  const action = fakeAction();
  const send = vi.spyOn(action, 'fetch');
  expect(await shop.product(action, 'US', 1)).toEqual(LAPTOP);
  expect(send.mock.calls[0]?.slice(0, 2)).toEqual(['/api/US/products/1', '/{country}/products/{product_id}']);
});

test('token is sent once there is a login', async () => {
  const calls = fakeShop({ 'GET /cart': () => json(cartOf()) });
  await shop.cart(fakeAction());
  logIn();
  await shop.cart(fakeAction());
  expect(calls.map((call) => call.headers.get('Authorization'))).toEqual([null, 'Bearer token-of-user123']);
});

test('rejected token ends the session, and no other', async () => {
  logIn();
  fakeShop({
    'GET /cart': () => {
      logIn('test'); // another tab was faster
      return problem(401, 'not-authenticated', 'The token is not valid.');
    },
    'GET /orders': () => problem(401, 'not-authenticated', 'The token is not valid.'),
  });
  await failure(shop.cart(fakeAction()));
  expect(session.get()).toMatchObject({ token: 'token-of-test', expired: false });
  await failure(shop.orders(fakeAction()));
  expect(session.get()).toEqual({ token: null, userId: 'test', expired: true });
});

test('wrong password for another user leaves the login as it is', async () => {
  logIn();
  const calls = fakeShop({ 'POST /auth/login': () => problem(401, 'not-authenticated', 'Wrong password.') });
  await failure(shop.login(fakeAction(), 'admin', 'wrong'));
  expect(calls[0]?.headers.has('Authorization')).toBe(false);
  expect(session.get()).toEqual({ token: 'token-of-user123', userId: 'user123', expired: false });
});

test.each([
  ['HTML', html(200)],
  ['an empty body', new Response('', { status: 200 })],
  ['JSON of something else', json({ message: 'Welcome' })],
  ['null', json(null)],
])('%s with status 200 is unreadable', async (_, response) => {
  fakeShop({ 'GET /cart': () => response });
  expect(await failure(shop.cart(fakeAction()))).toMatchObject({
    kind: 'unreadable',
    status: 200,
    detail: '',
  });
});

test.each([
  ['timeout', timeout],
  ['network', lostResponse],
] as const)('without a response the error is %s', async (kind, handler) => {
  fakeShop({ 'GET /cart': handler });
  expect(await failure(shop.cart(fakeAction()))).toMatchObject({ kind, status: 0 });
});

test('response that breaks off is a network error', async () => {
  const response = json(cartOf());
  vi.spyOn(response, 'text').mockRejectedValue(new TypeError('network error'));
  fakeShop({ 'GET /cart': () => response });
  expect(await failure(shop.cart(fakeAction()))).toMatchObject({ kind: 'network' });
});

test.each([404, 422, 429, 500, 503])('request with response %i is not repeated', async (status) => {
  const calls = fakeShop({ 'GET /cart': () => problem(status, 'some-problem', 'x') });
  await failure(shop.cart(fakeAction()));
  expect(calls).toHaveLength(1);
});

test('request has a time limit and sends no cookies', async () => {
  const action = fakeAction();
  const send = vi.spyOn(action, 'fetch').mockResolvedValue(json(cartOf()));
  await shop.cart(action);
  const init = send.mock.calls[0]?.[2];
  expect(init?.signal).toBeInstanceOf(AbortSignal);
  expect(init?.credentials).toBe('omit');
});
