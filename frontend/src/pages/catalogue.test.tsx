import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { localCart } from '../cart/localCart';
import {
  CHAIR,
  fakeShop,
  html,
  json,
  LAPTOP,
  logIn,
  lostResponse,
  MOUSE,
  problem,
  SERVER_TRACE_ID,
} from '../testing/fakeShop';
import { openShop } from '../testing/openShop';
import { wrapTexts } from '../testing/translator';

/** Fakes only the timers of the pages; React and the test keep the real clock. */
const CLOCK = { toFake: ['setInterval' as const, 'clearInterval' as const, 'Date' as const] };

afterEach(() => void vi.useRealTimers());

const PRODUCTS = { 'GET /US/products': () => json([LAPTOP, MOUSE, CHAIR]) };

test('catalogue shows prices and stock', async () => {
  fakeShop(PRODUCTS);
  openShop('/us');
  const cards = within(await screen.findByRole('region', { name: 'Products' })).getAllByRole('listitem');
  const texts = cards.map((card) => card.textContent);
  expect(texts).toContainEqual(expect.stringMatching(/Laptop\$999\.99In stock/));
  expect(texts).toContainEqual(expect.stringMatching(/Mouse\$29\.99Only 3 left/));
  expect(screen.getByRole<HTMLButtonElement>('button', { name: /Sold out\s*Desk Chair/ }).disabled).toBe(
    true,
  );
});

test('product goes into the cart, and the header counts it', async () => {
  fakeShop(PRODUCTS);
  openShop('/us');
  await userEvent.click(await screen.findByRole('button', { name: /Add to cart\s*Mouse/ }));
  expect(await screen.findByText('Mouse is in your cart.')).toBeTruthy();
  expect(screen.getByRole('link', { name: /^Cart.*1 item$/ })).toBeTruthy();
});

test.each([
  ['lost response', lostResponse, 'Mouse may not be in your cart. The shop can’t be reached.'],
  ['full line', () => problem(409, 'cart-line-full', 'x'), 'Mouse was not added. Your cart is full.'],
] as const)('addition with %s says what is known', async (_, response, text) => {
  logIn();
  fakeShop({ ...PRODUCTS, 'POST /cart/add': response });
  openShop('/us');
  await userEvent.click(await screen.findByRole('button', { name: /Add to cart\s*Mouse/ }));
  expect(await screen.findByText(text, { exact: false })).toBeTruthy();
});

test('search and category filter the products without a request', async () => {
  const calls = fakeShop(PRODUCTS);
  openShop('/us');
  await userEvent.click(await screen.findByRole('link', { name: 'Electronics' }));
  expect(await screen.findByText('2 products')).toBeTruthy();
  await userEvent.type(screen.getByRole('searchbox', { name: 'Search products' }), 'lap');
  expect(screen.getByText('1 product')).toBeTruthy();
  await userEvent.type(screen.getByRole('searchbox'), 'zzz');
  expect(screen.getByText(/No product matches/)).toBeTruthy();
  expect(calls).toHaveLength(1);
});

test('country switch opens the same page of the other country', async () => {
  const calls = fakeShop({ ...PRODUCTS, 'GET /DE/products': () => json([LAPTOP]) });
  const { router } = openShop('/us?category=Electronics');
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Country' }), 'Germany');
  await vi.waitFor(() =>
    expect(router.state.location).toMatchObject({ pathname: '/de', search: '?category=Electronics' }),
  );
  expect((await screen.findByText(/999,99/)).textContent).toMatch(/999,99\s\$/);
  expect(calls.at(-1)?.path).toBe('/DE/products');
});

test.each([
  ['no network', lostResponse, 'The shop can’t be reached'],
  ['HTML of a proxy', () => html(502), 'The shop is not available at the moment'],
  ['empty response', () => new Response(''), 'The shop is not available at the moment'],
  ['outage', () => problem(503, 'unavailable', 'x'), 'The shop is not available at the moment'],
])('%s is an error that can be tried again', async (_, failure, title) => {
  let isDown = true;
  fakeShop({ 'GET /US/products': (call) => (isDown ? failure(call) : PRODUCTS['GET /US/products']()) });
  openShop('/us');
  expect(await screen.findByRole('heading', { level: 1, name: title })).toBeTruthy();
  expect(document.body.textContent).not.toMatch(/Unexpected token|JSON|Bad Gateway/);
  isDown = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'Products' })).toBeTruthy();
});

test('outage ends without a click', async () => {
  vi.useFakeTimers(CLOCK);
  let isDown = true;
  fakeShop({ 'GET /US/products': () => (isDown ? problem(503, 'unavailable', 'x') : json([LAPTOP])) });
  openShop('/us');
  await screen.findByRole('button', { name: 'Try again' });
  isDown = false;
  act(() => void vi.advanceTimersByTime(11_000));
  expect(await screen.findByRole('heading', { name: 'Products' })).toBeTruthy();
});

test('rate limit is waited for, as long as main-service says', async () => {
  vi.useFakeTimers(CLOCK);
  const calls = fakeShop({
    'GET /US/products': () => problem(429, 'rate-limited', 'x', {}, { 'Retry-After': '30' }),
  });
  openShop('/us');
  const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Try again' });
  expect(screen.getByText('You can try again in 30 s.')).toBeTruthy();
  expect(button.disabled).toBe(true);
  act(() => void vi.advanceTimersByTime(31_000));
  expect(button.disabled).toBe(false);
  expect(calls).toHaveLength(1);
});

test('error links its trace', async () => {
  fakeShop({ 'GET /US/products': () => problem(503, 'unavailable', 'x') });
  openShop('/us');
  const link = await screen.findByRole<HTMLAnchorElement>('link', { name: /Trace of the error/ });
  expect(decodeURIComponent(link.href)).toContain(`"query":"${SERVER_TRACE_ID}"`);
});

test.each(['/xx', '/us/products/abc', '/us/products/999999', '/no/such/page'])(
  '%s is not found',
  async (path) => {
    const calls = fakeShop({
      'GET /US/products/999999': () => problem(404, 'not-found', 'There is no product.'),
    });
    openShop(path);
    expect(await screen.findByRole('heading', { level: 1, name: 'Page not found' })).toBeTruthy();
    expect(calls.length).toBeLessThanOrEqual(1);
  },
);

test('login that has ended keeps the item and leads to the login, then back', async () => {
  logIn();
  let isExpired = false;
  fakeShop({
    'GET /US/products/7': () => json(MOUSE),
    'GET /cart': () => (isExpired ? problem(401, 'not-authenticated', 'x') : json({ items: [], total: 0 })),
    'POST /cart/add': () => problem(401, 'not-authenticated', 'The token is not valid.'),
    'POST /auth/login': () => json({ token: 'new', user_id: 'user123', expires_in: 3600 }),
    'POST /cart/merge': () => json({ items: [], total: 0, skipped: [] }),
  });
  const { router } = openShop('/us/products/7');
  const button = await screen.findByRole('button', { name: /Add to cart\s*Mouse/ });
  isExpired = true;
  await userEvent.click(button);
  expect(await screen.findByText(/Your login has ended/)).toBeTruthy();
  expect(localCart.get().lines).toMatchObject([{ productId: 7, quantity: 1 }]);
  await userEvent.click(screen.getByRole('button', { name: 'Use user123' }));
  await userEvent.click(screen.getByRole('button', { name: 'Log in' }));
  await vi.waitFor(() => expect(router.state.location.pathname).toBe('/us/products/7'));
  expect(localCart.get()).toEqual({ lines: [], merges: [] });
});

test('page survives a translator that wraps its texts', async () => {
  fakeShop(PRODUCTS);
  openShop('/us');
  await screen.findByRole('heading', { name: 'Products' });
  wrapTexts(document.body);
  await userEvent.click(screen.getByRole('button', { name: /Add to cart\s*Mouse/ }));
  await screen.findByText('Mouse is in your cart.');
  wrapTexts(document.body);
  await userEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  await userEvent.type(screen.getByRole('searchbox'), 'zzz');
  await userEvent.clear(screen.getByRole('searchbox'));
  await userEvent.click(screen.getByRole('link', { name: /^Cart/ }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Your cart' })).toBeTruthy();
});
