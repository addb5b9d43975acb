import { expect, test } from 'vitest';
import { templateOf } from './routeTemplates';

test.each([
  ['/', '/'],
  ['/us', '/:country'],
  ['/us/products/7', '/:country/products/:productId'],
  ['/cart', '/cart'],
  ['/orders', '/orders'],
  ['/orders/17', '/orders/:orderId'],
  ['/no/such/page', '/*'],
])('%s has the template %s', (path, template) => {
  expect(templateOf(path)).toBe(template);
});
