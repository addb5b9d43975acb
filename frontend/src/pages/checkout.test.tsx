import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Product } from '../api/types';
import { draft } from '../checkout/draft';
import {
  shopWhere,
  confirmed,
  declined,
  checkouts,
  keys,
  placeOrder,
  heading,
  THANK_YOU,
  UNKNOWN,
  reload,
} from '../testing/checkoutShop';
import {
  fakeShop,
  LAPTOP,
  logIn,
  lostResponse,
  MOUSE,
  problem,
  SERVER_TRACE_ID,
  type Handler,
} from '../testing/fakeShop';
import { openShop } from '../testing/openShop';
import { wrapTexts } from '../testing/translator';

beforeEach(() => logIn());

test('order is placed with the chosen method and links its trace', async () => {
  const calls = shopWhere([confirmed]);
  openShop('/checkout');
  await userEvent.click(await screen.findByRole('radio', { name: 'PayPal' }));
  await placeOrder();
  expect(await heading(THANK_YOU)).toBe(document.activeElement);
  expect(checkouts(calls)[0]?.body).toEqual({ payment_method: 'paypal', country: 'US' });
  const link = screen.getByRole<HTMLAnchorElement>('link', { name: /Trace of order 17/ });
  expect(link.href).toContain(SERVER_TRACE_ID);
  expect(draft.get()).toEqual({ method: 'credit_card', coupon: '' });
});

test('double click places one order', async () => {
  const calls = shopWhere([confirmed, confirmed]);
  openShop('/checkout');
  await userEvent.dblClick(await screen.findByRole('button', { name: 'Place order and pay' }));
  await heading(THANK_YOU);
  expect(checkouts(calls)).toHaveLength(1);
});

test('click during a payment is ignored, whatever was changed meanwhile', async () => {
  let respond: (response: Response) => void = () => undefined;
  const calls = shopWhere([() => new Promise((resolve) => (respond = resolve))]);
  openShop('/checkout');
  await placeOrder();
  await userEvent.click(screen.getByRole('radio', { name: 'PayPal' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Paying…' }));
  respond(problem(402, 'payment-declined', 'Your card was declined.'));
  await heading('Your payment was declined');
  expect(screen.queryByRole('heading', { name: UNKNOWN })).toBeNull();
  expect(checkouts(calls)).toHaveLength(1);
});

test('declined card: another method is a new payment', async () => {
  const calls = shopWhere([declined, confirmed]);
  openShop('/checkout');
  await placeOrder();
  expect(await heading('Your payment was declined')).toBe(document.activeElement);
  await userEvent.click(screen.getByRole('radio', { name: 'Debit card' }));
  await placeOrder();
  await heading(THANK_YOU);
  expect(new Set(keys(calls)).size).toBe(2);
});

test('declined card: the same method again is a new payment too', async () => {
  const calls = shopWhere([declined, confirmed]);
  openShop('/checkout');
  await placeOrder();
  await heading('Your payment was declined');
  await placeOrder();
  await heading(THANK_YOU);
  expect(new Set(keys(calls)).size).toBe(2);
});

test('lost response: pressing again, also after a reload, is the same payment', async () => {
  const cart = { products: [[LAPTOP, 1]] as [Product, number][] };
  const ordered: Handler = (call) => {
    cart.products = [];
    return lostResponse(call);
  };
  const calls = shopWhere([ordered, lostResponse, confirmed], cart);
  openShop('/checkout');
  await placeOrder();
  await heading(UNKNOWN);
  await userEvent.click(screen.getByRole('button', { name: 'Check again' }));
  await vi.waitFor(() => expect(checkouts(calls)).toHaveLength(2));
  reload();
  await heading(UNKNOWN);
  await userEvent.click(screen.getByRole('button', { name: 'Check again' }));
  await heading(THANK_YOU);
  expect(new Set(keys(calls)).size).toBe(1);
  expect(keys(calls)).toHaveLength(3);
  expect(new Set(checkouts(calls).map((call) => JSON.stringify(call.body))).size).toBe(1);
});

test('payment on its way when the page is reloaded is of unknown outcome', async () => {
  shopWhere([() => new Promise(() => undefined)]);
  openShop('/checkout');
  await placeOrder();
  expect(await screen.findByRole('button', { name: 'Paying…' })).toBeTruthy();
  reload();
  expect(await heading(UNKNOWN)).toBeTruthy();
});

test('pending order is linked', async () => {
  shopWhere([() => problem(503, 'checkout-pending', 'Not known yet.', { order_id: 17 })]);
  openShop('/checkout');
  await placeOrder();
  await heading(UNKNOWN);
  await userEvent.click(screen.getByRole('link', { name: 'Order 17' }));
  expect(await screen.findByText('Confirmed')).toBeTruthy();
  expect(localStorage.getItem('webstore.checkout')).toBe('[]');
});

test('unknown outcome can be followed up while the cart can’t be loaded', async () => {
  shopWhere([lostResponse]);
  openShop('/checkout');
  await placeOrder();
  await heading(UNKNOWN);
  fakeShop({ 'GET /cart': () => problem(503, 'unavailable', 'x'), 'POST /checkout': confirmed });
  reload();
  await userEvent.click(await screen.findByRole('button', { name: 'Check again' }));
  expect(await heading(THANK_YOU)).toBeTruthy();
});

test('changed cart is a new payment, with a warning', async () => {
  const cart = { products: [[LAPTOP, 1]] as [Product, number][] };
  const calls = shopWhere([lostResponse, confirmed], cart);
  openShop('/checkout');
  await placeOrder();
  await heading(UNKNOWN);
  cart.products = [[MOUSE, 2]];
  reload();
  expect(await screen.findByText(/your cart has changed since/)).toBeTruthy();
  await placeOrder();
  await heading(THANK_YOU);
  expect(new Set(keys(calls)).size).toBe(2);
});

test('order that another tab has placed', async () => {
  shopWhere([() => problem(409, 'cart-empty', 'The cart is empty.')]);
  openShop('/checkout');
  await placeOrder();
  await heading('Your cart is empty');
  expect(screen.getByText(/in another tab/)).toBeTruthy();
});

test('sold-out item is named', async () => {
  shopWhere([() => problem(409, 'sold-out', 'There are fewer than 3 of Laptop.')]);
  openShop('/checkout');
  await placeOrder();
  await heading('An item is sold out');
  expect(screen.getByText('There are fewer than 3 of Laptop.')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Change your cart' })).toBeTruthy();
});

test('rate limit says how long to wait, and nothing is unknown', async () => {
  shopWhere([() => problem(429, 'rate-limited', 'x', {}, { 'Retry-After': '20' })]);
  openShop('/checkout');
  await placeOrder();
  expect(await screen.findByText('You can try again in 20 s.')).toBeTruthy();
  expect(screen.queryByRole('heading', { name: UNKNOWN })).toBeNull();
});

test('login that has ended: log in, come back, pay', async () => {
  shopWhere([() => problem(401, 'not-authenticated', 'The token is not valid.')]);
  const { router } = openShop('/checkout');
  await userEvent.click(await screen.findByRole('radio', { name: 'PayPal' }));
  await placeOrder();
  expect(await screen.findByText(/Your login has ended/)).toBeTruthy();
  expect(router.state.location).toMatchObject({ pathname: '/login', search: '?returnTo=%2Fcheckout' });
  logIn();
  await router.navigate('/checkout');
  expect((await screen.findByRole<HTMLInputElement>('radio', { name: 'PayPal' })).checked).toBe(true);
  expect(screen.queryByRole('heading', { name: UNKNOWN })).toBeNull();
});

test('checkout survives a translator at each step', async () => {
  shopWhere([declined, lostResponse, confirmed]);
  openShop('/checkout');
  await userEvent.click(await screen.findByRole('button', { name: 'Use SAVE20' }));
  wrapTexts(document.body);
  await userEvent.click(await screen.findByRole('button', { name: 'Remove coupon' }));
  await placeOrder();
  await heading('Your payment was declined');
  wrapTexts(document.body);
  await placeOrder();
  await heading(UNKNOWN);
  wrapTexts(document.body);
  await userEvent.click(screen.getByRole('button', { name: 'Check again' }));
  expect(await heading(THANK_YOU)).toBeTruthy();
});
