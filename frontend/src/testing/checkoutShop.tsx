import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Product } from '../api/types';
import {
  cartOf,
  CONFIRMED,
  fakeShop,
  json,
  LAPTOP,
  ORDER,
  problem,
  QUOTE,
  type Call,
  type Handler,
} from './fakeShop';
import { openShop } from './openShop';

const SAVE20 = {
  code: 'SAVE20',
  discountType: 'percentage',
  discountValue: 20,
  minAmount: 100,
  remainingUses: 5,
};

/** main-service with one cart, whose checkouts end as `outcomes` say, one after the other. */
export function shopWhere(
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

export const confirmed: Handler = () => json(CONFIRMED);
export const declined: Handler = () =>
  problem(402, 'payment-declined', 'Your card was declined.', { order_id: 16 });
export const checkouts = (calls: Call[]) => calls.filter((call) => call.path === '/checkout');
export const keys = (calls: Call[]) => checkouts(calls).map((call) => call.headers.get('Idempotency-Key'));
export const placeOrder = async () =>
  userEvent.click(await screen.findByRole('button', { name: 'Place order and pay' }));
export const heading = (name: string) => screen.findByRole('heading', { name });
export const THANK_YOU = 'Thank you, your order is confirmed';
export const UNKNOWN = 'We don’t know yet whether your order was placed';

/** A new page with the same storage. */
export function reload() {
  cleanup();
  return openShop('/checkout');
}
