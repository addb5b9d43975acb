import { expect, test } from 'vitest';
import { CHAIR, LAPTOP, MOUSE } from '../testing/fakeShop';
import { categoriesOf, matching } from './filter';

const PRODUCTS = [LAPTOP, MOUSE, CHAIR];
const names = (category: string, search: string) =>
  matching(PRODUCTS, category, search).map(({ name }) => name);

test('every word has to match, in name or category', () => {
  expect(names('', '')).toEqual(['Laptop', 'Mouse', 'Desk Chair']);
  expect(names('', ' CHAIR  furniture ')).toEqual(['Desk Chair']);
  expect(names('Electronics', 'o')).toEqual(['Laptop', 'Mouse']);
  expect(names('Electronics', 'chair')).toEqual([]);
  expect(names('Toys', '')).toEqual([]);
});

test('each category is there once', () => {
  expect(categoriesOf(PRODUCTS)).toEqual(['Electronics', 'Furniture']);
});
