import { expect, test } from 'vitest';
import { ApiError } from '../api/errors';
import { session } from '../session/session';
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
import { addToCart, changeQuantity, loadCart, loadCartOnce, removeItem, type CartLine } from './cart';
import { localCart } from './localCart';
import { serverCart } from './serverCart';

const line = (itemId: number | null): CartLine => ({
  productId: 1,
  itemId,
  name: 'Laptop',
  price: 999.99,
  quantity: 1,
});
const serverQuantities = () => serverCart.get()?.items.map((item) => [item.product_id, item.quantity]);

test('visitor’s cart needs no request', async () => {
  const calls = fakeShop({});
  await addToCart(fakeAction(), LAPTOP, 2, 'US');
  await changeQuantity(fakeAction(), line(null), 3);
  await loadCart(fakeAction());
  expect(localCart.get().lines).toMatchObject([{ productId: 1, quantity: 3 }]);
  await removeItem(fakeAction(), line(null));
  expect(localCart.get().lines).toEqual([]);
  expect(calls).toEqual([]);
});

test('user’s cart is main-service’s', async () => {
  logIn();
  const calls = fakeShop({
    'GET /cart': () => json(cartOf([LAPTOP, 1])),
    'POST /cart/add': () => json({ message: '', cart_item_id: 70, product_name: 'Mouse', quantity: 2 }),
    'PATCH /cart/items/10': () => json({ ...cartOf([LAPTOP, 5]).items[0] }),
    'DELETE /cart/items/70': () => new Response(null, { status: 204 }),
  });
  await loadCart(fakeAction());
  await addToCart(fakeAction(), MOUSE, 2, 'JP');
  expect(calls.at(-1)?.body).toEqual({ product_id: 7, quantity: 2, country: 'JP' });
  await changeQuantity(fakeAction(), line(10), 5);
  expect(serverQuantities()).toEqual([
    [1, 5],
    [7, 2],
  ]);
  await removeItem(fakeAction(), { ...line(70), productId: 7 });
  expect(serverQuantities()).toEqual([[1, 5]]);
  expect(localCart.get().lines).toEqual([]);
});

test('cart that is known is not loaded again for the header', async () => {
  logIn();
  const calls = fakeShop({ 'GET /cart': () => json(cartOf()) });
  await loadCartOnce(fakeAction());
  await loadCartOnce(fakeAction());
  expect(calls).toHaveLength(1);
});

test('item that is gone already counts as removed', async () => {
  logIn();
  fakeShop({ 'GET /cart': () => json(cartOf([LAPTOP, 1])) });
  await loadCart(fakeAction());
  await removeItem(fakeAction(), line(10));
  expect(serverQuantities()).toEqual([]);
});

test('after a lost response the cart is loaded again', async () => {
  logIn();
  const calls = fakeShop({ 'GET /cart': () => json(cartOf([LAPTOP, 1])), 'POST /cart/add': lostResponse });
  await loadCartOnce(fakeAction());
  await expect(addToCart(fakeAction(), LAPTOP, 1, 'US')).rejects.toBeInstanceOf(ApiError);
  await loadCartOnce(fakeAction());
  expect(calls.map((call) => call.path)).toEqual(['/cart', '/cart/add', '/cart']);
});

test('login that has ended keeps the item for the next', async () => {
  logIn();
  fakeShop({ 'POST /cart/add': () => problem(401, 'not-authenticated', 'The token is not valid.') });
  await expect(addToCart(fakeAction(), LAPTOP, 1, 'US')).rejects.toBeInstanceOf(ApiError);
  expect(localCart.get().lines).toMatchObject([{ productId: 1, quantity: 1 }]);
  expect(session.get().expired).toBe(true);
});

test('cart of one user is not shown to another', async () => {
  logIn();
  fakeShop({ 'GET /cart': () => json(cartOf([LAPTOP, 1])) });
  await loadCart(fakeAction());
  expect(serverCart.of('test')).toBeNull();
});
