import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { serverCart } from '../cart/serverCart';
import { shopWhere, confirmed, checkouts, placeOrder, heading, THANK_YOU } from '../testing/checkoutShop';
import { cartOf, LAPTOP, logIn, problem } from '../testing/fakeShop';
import { openShop } from '../testing/openShop';

beforeEach(() => logIn());

const summary = () => within(screen.getByRole('complementary', { name: 'Order summary' }));

test('coupon is priced before it is used', async () => {
  const calls = shopWhere([confirmed]);
  openShop('/checkout');
  await userEvent.type(await screen.findByRole('textbox', { name: 'Coupon code' }), 'save20');
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }));
  expect(await screen.findByText('Coupon SAVE20 applies.')).toBeTruthy();
  expect(summary().getByText('-$200.00')).toBeTruthy();
  expect(summary().getByText('$799.99')).toBeTruthy();
  await placeOrder();
  await heading(THANK_YOU);
  expect(checkouts(calls)[0]?.body).toMatchObject({ coupon_code: 'SAVE20' });
});

test('coupon that gives nothing says why, and can be removed', async () => {
  shopWhere([]);
  openShop('/checkout');
  const field = await screen.findByRole<HTMLInputElement>('textbox', { name: 'Coupon code' });
  await userEvent.type(field, 'NOSUCH{Enter}');
  expect(await screen.findByText('Invalid coupon code')).toBeTruthy();
  expect(field.getAttribute('aria-invalid')).toBe('true');
  await userEvent.click(screen.getByRole('button', { name: 'Remove coupon' }));
  await vi.waitFor(() => expect(screen.queryByText('Invalid coupon code')).toBeNull());
  expect(field.value).toBe('');
});

test('discount of a coupon is not shown once another code is in the field', async () => {
  const calls = shopWhere([confirmed]);
  openShop('/checkout');
  await userEvent.click(await screen.findByRole('button', { name: 'Use SAVE20' }));
  expect(await summary().findByText('$799.99')).toBeTruthy();
  await userEvent.type(screen.getByRole('textbox', { name: 'Coupon code' }), 'X');
  expect(summary().queryByText('-$200.00')).toBeNull();
  expect(summary().getByText('This total is without discounts.')).toBeTruthy();
  await userEvent.clear(screen.getByRole('textbox', { name: 'Coupon code' }));
  await vi.waitFor(() => expect(summary().queryByText('This total is without discounts.')).toBeNull());
  expect(summary().queryByText('-$200.00')).toBeNull();
  await placeOrder();
  await heading(THANK_YOU);
  expect(checkouts(calls)[0]?.body).toEqual({ payment_method: 'credit_card', country: 'US' });
});

test('quote of a cart that has changed since is not shown', async () => {
  shopWhere([]);
  openShop('/checkout');
  await userEvent.click(await screen.findByRole('button', { name: 'Use SAVE20' }));
  expect(await summary().findByText('$799.99')).toBeTruthy();
  act(() => serverCart.show('user123', cartOf([LAPTOP, 2])));
  expect(summary().queryByText('$799.99')).toBeNull();
  expect(summary().getAllByText('$1,999.98')).toHaveLength(3);
});

test('available coupon is applied with one click', async () => {
  shopWhere([]);
  openShop('/checkout');
  await userEvent.click(await screen.findByRole('button', { name: 'Use SAVE20' }));
  expect(await screen.findByText('Coupon SAVE20 applies.')).toBeTruthy();
});

test('text that can’t be a coupon is not sent', async () => {
  const calls = shopWhere([]);
  openShop('/checkout');
  await userEvent.type(await screen.findByRole('textbox', { name: 'Coupon code' }), 'a b');
  await placeOrder();
  expect(await screen.findByText(/3 to 32 letters and digits/)).toBeTruthy();
  expect(checkouts(calls)).toEqual([]);
});

test('rejected coupon is a final outcome', async () => {
  const calls = shopWhere([() => problem(422, 'coupon-not-valid', 'Invalid coupon code'), confirmed]);
  openShop('/checkout');
  await userEvent.type(await screen.findByRole('textbox', { name: 'Coupon code' }), 'GONE');
  await placeOrder();
  await heading('The coupon is not valid');
  await userEvent.click(screen.getByRole('button', { name: 'Remove coupon' }));
  await placeOrder();
  await heading(THANK_YOU);
  expect(checkouts(calls)[1]?.body).toEqual({ payment_method: 'credit_card', country: 'US' });
});
