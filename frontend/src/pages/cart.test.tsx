import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { localCart } from '../cart/localCart';
import { session } from '../session/session';
import { cartOf, fakeShop, json, LAPTOP, logIn, lostResponse, MOUSE, problem } from '../testing/fakeShop';
import { openShop } from '../testing/openShop';

const quantityOf = (name: string) =>
  screen.findByRole<HTMLInputElement>('textbox', { name: `Quantity of ${name}` });

test('visitor’s cart: quantities, removal, and the way to the login', async () => {
  const calls = fakeShop({});
  localCart.add(LAPTOP, 1);
  localCart.add(MOUSE, 2);
  openShop('/cart');
  await userEvent.click(await screen.findByRole('button', { name: 'Increase quantity of Mouse' }));
  expect((await quantityOf('Mouse')).value).toBe('3');
  expect(screen.getByText('4 items')).toBeTruthy();
  expect(screen.getAllByText('$1,089.96')).toHaveLength(2);
  await userEvent.click(screen.getByRole('button', { name: 'Remove Laptop' }));
  await vi.waitFor(() => expect(screen.queryByRole('link', { name: 'Laptop' })).toBeNull());
  await userEvent.click(screen.getByRole('link', { name: 'Log in to check out' }));
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
  expect(calls).toEqual([]);
});

test.each([
  ['12', 12],
  ['0', 2],
  ['-1', 2],
  ['1.5', 2],
  ['many', 2],
  ['', 2],
  ['5000', 1000],
])('typed quantity %j counts as %i', async (typed, expected) => {
  fakeShop({});
  localCart.add(MOUSE, 2);
  openShop('/cart');
  const field = await quantityOf('Mouse');
  await userEvent.clear(field);
  if (typed) await userEvent.type(field, typed);
  await userEvent.tab();
  await vi.waitFor(async () => expect((await quantityOf('Mouse')).value).toBe(String(expected)));
  expect(localCart.get().lines[0]?.quantity).toBe(expected);
});

test('failed change says so and leaves the quantity', async () => {
  logIn();
  fakeShop({
    'GET /cart': () => json(cartOf([LAPTOP, 1])),
    'PATCH /cart/items/10': () => problem(503, 'unavailable', 'x'),
  });
  openShop('/cart');
  await userEvent.click(await screen.findByRole('button', { name: 'Increase quantity of Laptop' }));
  expect((await screen.findByRole('alert')).textContent).toContain('not available at the moment');
  expect((await quantityOf('Laptop')).value).toBe('1');
});

test('login brings the cart along, once, and leads to the checkout', async () => {
  localCart.add(LAPTOP, 1);
  const calls = fakeShop({
    'POST /auth/login': () => json({ token: 'new', user_id: 'user123', expires_in: 3600 }),
    'POST /cart/merge': () => json({ ...cartOf([LAPTOP, 1]), skipped: [] }),
    'GET /cart': () => json(cartOf([LAPTOP, 1])),
    'GET /coupons': () => json({ coupons: [] }),
    'POST /cart/quote': () => problem(503, 'unavailable', 'x'),
  });
  const { router } = openShop('/login?returnTo=/checkout');
  await userEvent.type(await screen.findByLabelText('User name'), 'user123');
  await userEvent.type(screen.getByLabelText('Password'), 'password123{Enter}');
  expect(await screen.findByText('This total is without discounts.')).toBeTruthy();
  expect(router.state.location.pathname).toBe('/checkout');
  expect(calls.filter((call) => call.path === '/cart/merge')).toHaveLength(1);
});

test('wrong password', async () => {
  const calls = fakeShop({
    'POST /auth/login': () => problem(401, 'not-authenticated', 'Unknown user name or wrong password.'),
  });
  openShop('/login');
  await userEvent.click(await screen.findByRole('button', { name: 'Use admin' }));
  await userEvent.click(screen.getByRole('button', { name: 'Log in' }));
  expect((await screen.findByRole('alert')).textContent).toBe('Unknown user name or wrong password.');
  expect(calls).toHaveLength(1);
});

test('lost merge is shown and can be repeated', async () => {
  logIn();
  localCart.add(MOUSE, 2);
  let isLost = true;
  const calls = fakeShop({
    'POST /cart/merge': (call) =>
      isLost ? lostResponse(call) : json({ ...cartOf([MOUSE, 2]), skipped: [] }),
    'GET /cart': () => json(cartOf([LAPTOP, 1])),
  });
  openShop('/cart');
  expect(await quantityOf('Laptop')).toBeTruthy();
  expect(screen.getByText('2 items from before your login may be missing.')).toBeTruthy();
  isLost = false;
  await userEvent.click(screen.getByRole('button', { name: 'Add to cart now' }));
  expect((await quantityOf('Mouse')).value).toBe('2');
  expect(screen.queryByText(/may be missing/)).toBeNull();
  expect(new Set(calls.map((call) => call.headers.get('Idempotency-Key')).filter(Boolean)).size).toBe(1);
});

test.each([
  ['204', () => new Response(null, { status: 204 })],
  ['no response', lostResponse],
  ['401', () => problem(401, 'not-authenticated', 'x')],
])('logout with %s ends the session here', async (_, response) => {
  logIn();
  fakeShop({
    'POST /auth/logout': response,
    'GET /cart': () => json(cartOf([LAPTOP, 1])),
    'GET /US/products': () => json([LAPTOP]),
  });
  openShop('/cart');
  await userEvent.click(await screen.findByRole('button', { name: /^Log out/ }));
  expect(await screen.findByText('You are logged out.')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Log in' })).toBeTruthy();
  expect(session.get()).toMatchObject({ token: null, userId: null });
});
