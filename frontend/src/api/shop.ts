/** Each operation of main-service that the shop uses. All raise ApiError. */

import type { Action } from '../telemetry/actions';
import { call, has, listOf } from './client';
import type * as api from './types';

/** A 204 has no body to check. */
const isNothing = (body: unknown): body is undefined => body === undefined;
const isProduct = has<api.Product>('id', 'name', 'price', 'stock', 'category');
const isCart = has<api.Cart>('items', 'total');

export const products = (action: Action, country: api.Country) =>
  call(action, {
    path: `/${country}/products`,
    template: '/{country}/products',
    expects: listOf<api.Product>('id', 'name', 'price', 'stock', 'category'),
  });

export const product = (action: Action, country: api.Country, id: number) =>
  call(action, {
    path: `/${country}/products/${id}`,
    template: '/{country}/products/{product_id}',
    expects: isProduct,
  });

export const login = (action: Action, username: string, password: string) =>
  call(action, {
    method: 'POST',
    path: '/auth/login',
    template: '/auth/login',
    body: { username, password },
    isAnonymous: true,
    expects: has<api.Login>('token', 'user_id'),
  });

export const logout = (action: Action) =>
  call(action, { method: 'POST', path: '/auth/logout', template: '/auth/logout', expects: isNothing });

export const cart = (action: Action) => call(action, { path: '/cart', template: '/cart', expects: isCart });

export const addToCart = (action: Action, productId: number, quantity: number, country: api.Country) =>
  call(action, {
    method: 'POST',
    path: '/cart/add',
    template: '/cart/add',
    body: { product_id: productId, quantity, country },
    expects: has<{ cart_item_id: number; quantity: number }>('cart_item_id', 'quantity'),
  });

export const mergeCart = (action: Action, items: api.MergeItem[], country: api.Country, key: string) =>
  call(action, {
    method: 'POST',
    path: '/cart/merge',
    template: '/cart/merge',
    body: { items, country },
    idempotencyKey: key,
    expects: has<api.MergedCart>('items', 'total', 'skipped'),
  });

export const changeQuantity = (action: Action, itemId: number, quantity: number) =>
  call(action, {
    method: 'PATCH',
    path: `/cart/items/${itemId}`,
    template: '/cart/items/{item_id}',
    body: { quantity },
    expects: has<api.CartItem>('id', 'quantity', 'subtotal'),
  });

export const removeItem = (action: Action, itemId: number) =>
  call(action, {
    method: 'DELETE',
    path: `/cart/items/${itemId}`,
    template: '/cart/items/{item_id}',
    expects: isNothing,
  });

export const quote = (action: Action, couponCode?: string) =>
  call(action, {
    method: 'POST',
    path: '/cart/quote',
    template: '/cart/quote',
    body: couponCode ? { coupon_code: couponCode } : {},
    expects: has<api.Quote>('subtotal', 'discount', 'total', 'message'),
  });

export const coupons = (action: Action) =>
  call(action, {
    path: '/coupons',
    template: '/coupons',
    expects: has<{ coupons: api.Coupon[] }>('coupons'),
  });

export const checkout = (action: Action, request: api.CheckoutRequest, key: string) =>
  call(action, {
    method: 'POST',
    path: '/checkout',
    template: '/checkout',
    body: request,
    idempotencyKey: key,
    expects: has<api.CheckoutResult>('order_id', 'status', 'total_amount'),
  });

export const orders = (action: Action, before?: number) =>
  call(action, {
    path: before ? `/orders?before=${before}` : '/orders',
    template: '/orders',
    expects: has<api.OrdersPage>('orders', 'next_before'),
  });

export const order = (action: Action, id: number) =>
  call(action, {
    path: `/orders/${id}`,
    template: '/orders/{order_id}',
    expects: has<api.Order>('id', 'status', 'items'),
  });
