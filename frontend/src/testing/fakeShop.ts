/** A fake main-service for tests. It replaces only `fetch`. */

import { vi } from 'vitest';
import type { Cart, CheckoutResult, Order, Product, Quote } from '../api/types';
import { session } from '../session/session';
import type { Action } from '../telemetry/actions';

export interface Call {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

export type Handler = (call: Call) => Response | Promise<Response>;

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SERVER_TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Handlers by `METHOD /path`, without `/api`; a request without a handler gets a 404. Returns the calls. */
export function fakeShop(handlers: Record<string, Handler>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const call = {
      method: init.method ?? 'GET',
      path: url.replace(/^\/api/, ''),
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
    };
    calls.push(call);
    const handler = handlers[`${call.method} ${call.path}`];
    return handler ? handler(call) : problem(404, 'not-found', 'There is no such thing.');
  });
  return calls;
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

export function problem(
  status: number,
  name: string,
  detail: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Response {
  const document = {
    type: `urn:webstore:problem:${name}`,
    title: name,
    status,
    detail,
    trace_id: SERVER_TRACE_ID,
    ...more,
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

/** The error page of a proxy. */
export const html = (status: number) =>
  new Response('<html><h1>Bad Gateway</h1></html>', { status, headers: { 'Content-Type': 'text/html' } });

export const lostResponse: Handler = () => Promise.reject(new TypeError('Failed to fetch'));

export const timeout: Handler = () => Promise.reject(new DOMException('signal timed out', 'TimeoutError'));

export function fakeAction(): Action {
  return {
    traceId: TRACE_ID,
    fetch: (path, _template, init) => fetch(path, init),
    set: vi.fn(),
    end: vi.fn(),
  };
}

export function logIn(userId = 'user123'): void {
  session.begin({ token: `token-of-${userId}`, user_id: userId, expires_in: 3600 });
}

export const LAPTOP: Product = { id: 1, name: 'Laptop', price: 999.99, stock: 50, category: 'Electronics' };
export const MOUSE: Product = { id: 7, name: 'Mouse', price: 29.99, stock: 3, category: 'Electronics' };
export const CHAIR: Product = { id: 4, name: 'Desk Chair', price: 199.99, stock: 0, category: 'Furniture' };

export function cartOf(...products: [Product, number][]): Cart {
  const items = products.map(([product, quantity]) => ({
    id: product.id * 10,
    product_id: product.id,
    product_name: product.name,
    price: product.price,
    quantity,
    subtotal: product.price * quantity,
  }));
  return { user_id: 'user123', items, total: items.reduce((total, item) => total + item.subtotal, 0) };
}

export const QUOTE: Quote = {
  subtotal: 999.99,
  discount: 0,
  total: 999.99,
  promotion_code: null,
  coupon_code: null,
  discount_outcome: 'none',
  message: 'No promotion applies.',
};

export const CONFIRMED: CheckoutResult = {
  order_id: 17,
  status: 'confirmed',
  fulfilment: 'reserved',
  total_amount: 999.99,
  discount_amount: 0,
  promotion_code: null,
  coupon_code: null,
  discount_outcome: 'none',
  payment_transaction_id: 'TXN-1',
  trace_id: SERVER_TRACE_ID,
};

export const ORDER: Order = {
  id: 17,
  status: 'confirmed',
  status_reason: null,
  fulfilment: 'reserved',
  total_amount: 999.99,
  discount_amount: 0,
  promotion_code: null,
  coupon_code: null,
  country: 'US',
  payment_method: 'credit_card',
  payment_transaction_id: 'TXN-1',
  created_at: '2026-11-28T10:00:00Z',
  items: [
    {
      product_id: 1,
      product_name: 'Laptop',
      quantity: 1,
      price: 999.99,
      subtotal: 999.99,
      reserved: true,
      fulfillment_days: 2,
    },
  ],
  trace_id: SERVER_TRACE_ID,
};
