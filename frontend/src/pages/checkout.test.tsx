import { cleanup, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Product } from '../api/types';
import { draft } from '../checkout/draft';
import {
  cartOf,
  CONFIRMED,
  fakeShop,
  json,
  LAPTOP,
  logIn,
  lostResponse,
  MOUSE,
  ORDER,
  problem,
  QUOTE,
  SERVER_TRACE_ID,
  type Call,
  type Handler,
} from '../testing/fakeShop';
import { openShop } from '../testing/openShop';
import { wrapTexts } from '../testing/translator';

const SAVE20 = {
  code: 'SAVE20',
  discountType: 'percentage',
  discountValue: 20,
  minAmount: 100,
  remainingUses: 5,
};

/** main-service with one cart, whose checkouts end as `outcomes` say, one after the other. */
function shopWhere(
  outcomes: Handler[],
  cart: { products: [Product, number][] } = { products: [[LAPTOP, 1]] },
) {
  const left = [...outcomes];
  return fakeShop({
    'GET /cart': () => json(cartOf(...cart.products)),
    'POST /cart/quote': (call) => json(quoteFor(call)),
    'GET /coupons': () => json({ coupons: [SAVE20] }),
    'POST /checkout': (call) => (left.shift() as Handler)(call),
    'GET /orders/17': () => json(ORDER),
  });
}

function quoteFor({ body }: Call) {
  const coupon = (body as { coupon_code?: string }).coupon_code;
  if (!coupon) return QUOTE;
  if (coupon !== 'SAVE20') return { ...QUOTE, discount_outcome: 'invalid', message: 'Invalid coupon code' };
  return {
    ...QUOTE,
    discount: 200,
    total: 799.99,
    coupon_code: coupon,
    discount_outcome: 'applied',
    message: 'Coupon SAVE20 applies.',
  };
}

const confirmed: Handler = () => json(CONFIRMED);
const declined: Handler = () => problem(402, 'payment-declined', 'Your card was declined.', { order_id: 16 });
const checkouts = (calls: Call[]) => calls.filter((call) => call.path === '/checkout');
const keys = (calls: Call[]) => checkouts(calls).map((call) => call.headers.get('Idempotency-Key'));
const placeOrder = async () =>
  userEvent.click(await screen.findByRole('button', { name: 'Place order and pay' }));
const heading = (name: string) => screen.findByRole('heading', { name });
const THANK_YOU = 'Thank you, your order is confirmed';
const UNKNOWN = 'We don’t know yet whether your order was placed';

/** A new page with the same storage. */
function reload() {
  cleanup();
  return openShop('/checkout');
}

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

test('coupon is priced before it is used', async () => {
  const calls = shopWhere([confirmed]);
  openShop('/checkout');
  await userEvent.type(await screen.findByRole('textbox', { name: 'Coupon code' }), 'save20');
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }));
  expect(await screen.findByText('Coupon SAVE20 applies.')).toBeTruthy();
  const summary = within(screen.getByRole('complementary', { name: 'Order summary' }));
  expect(summary.getByText('-$200.00')).toBeTruthy();
  expect(summary.getByText('$799.99')).toBeTruthy();
  await placeOrder();
  await heading(THANK_YOU);
  expect(checkouts(calls)[0]?.body).toMatchObject({ coupon_code: 'SAVE20' });
});

test('coupon that gives nothing says why, and can be removed', async () => {
  shopWhere([]);
  openShop('/checkout');
  const field = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Coupon code' });
  await userEvent.type(field, 'NOSUCH{Enter}');
  expect(await screen.findByText('Invalid coupon code')).toBeTruthy();
  expect(field.getAttribute('aria-invalid')).toBe('true');
  await userEvent.click(screen.getByRole('button', { name: 'Remove coupon' }));
  await vi.waitFor(() => expect(screen.queryByText('Invalid coupon code')).toBeNull());
  expect(field.value).toBe('');
});

test('available coupon is applied with one click', async () => {
  shopWhere([]);
  openShop('/checkout');
  await userEvent.click(await screen.findByRole('button', { name: 'Use SAVE20' }));
  expect(await screen.findByText('Coupon SAVE20 applies.')).toBeTruthy();
});

test('text that can’t be a coupon is not sent', async () => {
  const calls = shopWhere([]);
  openShop('/checkout');
  await userEvent.type(await screen.findByRole('textbox', { name: 'Coupon code' }), 'a b');
  await placeOrder();
  expect(await screen.findByText(/3 to 32 letters and digits/)).toBeTruthy();
  expect(checkouts(calls)).toEqual([]);
});

test('rejected coupon is a final outcome', async () => {
  const calls = shopWhere([() => problem(422, 'coupon-not-valid', 'Invalid coupon code'), confirmed]);
  openShop('/checkout');
  await userEvent.type(await screen.findByRole('textbox', { name: 'Coupon code' }), 'GONE');
  await placeOrder();
  await heading('The coupon is not valid');
  await userEvent.click(screen.getByRole('button', { name: 'Remove coupon' }));
  await placeOrder();
  await heading(THANK_YOU);
  expect(checkouts(calls)[1]?.body).toEqual({ payment_method: 'credit_card', country: 'US' });
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
