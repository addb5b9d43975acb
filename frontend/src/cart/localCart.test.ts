import { expect, test } from 'vitest';
import { LAPTOP, MOUSE } from '../testing/fakeShop';
import { localCart, MAX_QUANTITY } from './localCart';

const quantities = () => localCart.get().lines.map((line) => [line.productId, line.quantity]);

test('product added twice is one line', () => {
  localCart.add(LAPTOP, 1);
  localCart.add(MOUSE, 2);
  localCart.add(LAPTOP, 3);
  expect(quantities()).toEqual([
    [1, 4],
    [7, 2],
  ]);
});

test('line holds no more than main-service allows', () => {
  localCart.add(LAPTOP, MAX_QUANTITY);
  localCart.add(LAPTOP, 1);
  expect(quantities()).toEqual([[1, MAX_QUANTITY]]);
});

test('quantity is changed, line is removed', () => {
  localCart.add(LAPTOP, 1);
  localCart.add(MOUSE, 1);
  localCart.setQuantity(7, 5);
  localCart.remove(1);
  expect(quantities()).toEqual([[7, 5]]);
});

test('prepared merge keeps its key and its items, whatever is added later', () => {
  localCart.add(LAPTOP, 1);
  localCart.prepareMerge('user123', 'DE');
  localCart.add(MOUSE, 1);
  const [merge] = localCart.mergesOf('user123');
  expect(merge).toMatchObject({ country: 'DE', lines: [{ productId: 1, quantity: 1 }] });
  expect(merge?.key).toMatch(/^[0-9a-f]{32}$/);
  localCart.prepareMerge('user123', 'DE');
  expect(localCart.mergesOf('user123')[0]).toEqual(merge);
  expect(localCart.mergesOf('user123')).toHaveLength(2);
});

test('empty cart needs no merge', () => {
  localCart.prepareMerge('user123', 'US');
  expect(localCart.mergesOf('user123')).toEqual([]);
});

test('merge of one user is not sent for another', () => {
  localCart.add(LAPTOP, 1);
  localCart.prepareMerge('user123', 'US');
  expect(localCart.mergesOf('test')).toEqual([]);
});

test.each([
  '{"lines":[{"productId":"1","name":"x","price":1,"quantity":1}]}',
  '{"lines":[{"productId":1,"name":"x","price":1,"quantity":0}]}',
  '{"lines":[null],"merges":[{"key":"k"}]}',
  '{"lines":"x","merges":7}',
  '[]',
])('stored %s holds nothing that can be bought', (raw) => {
  localStorage.setItem('webstore.cart', raw);
  expect(localCart.get()).toEqual({ lines: [], merges: [] });
});
