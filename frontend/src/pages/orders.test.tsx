import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test } from 'vitest';
import { session } from '../session/session';
import { cartOf, fakeShop, json, logIn, ORDER, problem, SERVER_TRACE_ID } from '../testing/fakeShop';
import { openShop } from '../testing/openShop';

const CART = { 'GET /cart': () => json(cartOf()) };

beforeEach(() => logIn());

test('orders show items, state and trace', async () => {
  fakeShop({ ...CART, 'GET /orders': () => json({ orders: [ORDER], next_before: null }) });
  openShop('/orders');
  const order = (await screen.findByRole('link', { name: 'Order 17' })).closest('li') as HTMLElement;
  expect(within(order).getByText('Confirmed')).toBeTruthy();
  expect(within(order).getByText('1 × Laptop')).toBeTruthy();
  const link = within(order).getByRole<HTMLAnchorElement>('link', { name: /Trace of order 17/ });
  expect(link.href).toContain(SERVER_TRACE_ID);
});

test('older orders come with a click', async () => {
  fakeShop({
    ...CART,
    'GET /orders': () => json({ orders: [ORDER], next_before: 17 }),
    'GET /orders?before=17': () => json({ orders: [{ ...ORDER, id: 3 }], next_before: null }),
  });
  openShop('/orders');
  await userEvent.click(await screen.findByRole('button', { name: 'Show older orders' }));
  expect(await screen.findByRole('link', { name: 'Order 3' })).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Show older orders' })).toBeNull();
});

test.each([
  [{ status: 'confirmed', fulfilment: 'delayed' }, 'Confirmed, delayed'],
  [{ status: 'pending' }, 'Being processed'],
  [{ status: 'authorised' }, 'Being processed'],
  [{ status: 'declined' }, 'Payment declined'],
  [{ status: 'failed' }, 'Failed, not charged'],
  [{ status: 'cancelling' }, 'Being cancelled'],
  [{ status: 'cancelled' }, 'Cancelled, refunded'],
] as const)('order that is %j', async (state, text) => {
  fakeShop({
    ...CART,
    'GET /orders/17': () => json({ ...ORDER, fulfilment: null, trace_id: null, ...state }),
  });
  openShop('/orders/17');
  expect(await screen.findByText(text)).toBeTruthy();
  expect(screen.queryByRole('link', { name: /Trace of order/ })).toBeNull();
});

test('without a login the orders ask for one', async () => {
  session.end();
  const calls = fakeShop({});
  const { router } = openShop('/orders/17');
  expect(await screen.findByRole('heading', { name: 'Log in' })).toBeTruthy();
  expect(router.state.location.search).toBe('?returnTo=%2Forders%2F17');
  expect(calls).toEqual([]);
});

test('order of someone else is not found', async () => {
  fakeShop({ ...CART, 'GET /orders/99': () => problem(404, 'not-found', 'You have no order 99.') });
  openShop('/orders/99');
  expect(await screen.findByRole('heading', { level: 1, name: 'Page not found' })).toBeTruthy();
});
