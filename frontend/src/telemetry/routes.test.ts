import { expect, test } from 'vitest';
import { routeTemplate, setRouteTemplates } from './routes';

test('before the router has registered its patterns there is no template', () => {
  expect(routeTemplate('/orders/7')).toBeUndefined();
});

test.each([
  ['/orders/:id', '/orders/{id}'],
  ['/:country?/products/:productId', '/{country}/products/{productId}'],
  ['/', '/'],
])('the pattern %s becomes the template %s', (pattern, template) => {
  setRouteTemplates(() => pattern);
  expect(routeTemplate('/any')).toBe(template);
});

test('the template is that of the path at the time of the event', () => {
  setRouteTemplates((path) => (path.startsWith('/orders/') ? '/orders/:id' : '/cart'));
  history.pushState(null, '', '/orders/7');
  expect(routeTemplate()).toBe('/orders/{id}');
  history.pushState(null, '', '/cart');
  expect(routeTemplate()).toBe('/cart');
});

test('a path that the router cannot read has no template', () => {
  setRouteTemplates(decodeURIComponent);
  expect(routeTemplate('/%E0')).toBeUndefined();
});
