import { expect, test } from 'vitest';
import { loginPath, returnPath } from './loginPath';

const back = (returnTo: string) => returnPath(new URLSearchParams({ returnTo }), '/us');

test('login leads back to where the user was', () => {
  const path = loginPath({ pathname: '/orders/17', search: '?a=b' });
  expect(returnPath(new URL(path, location.origin).searchParams, '/us')).toBe('/orders/17?a=b');
});

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  'javascript:alert(1)',
  '',
  '/login?returnTo=/login',
])('login does not lead to %s', (target) => {
  expect(back(target)).toBe('/us');
});

test('login without a page to return to leads to the products', () => {
  expect(returnPath(new URLSearchParams(), '/us')).toBe('/us');
});
