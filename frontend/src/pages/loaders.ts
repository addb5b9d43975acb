/** What each page needs from main-service. One page is one action, `shop.open_page`. */

import { data, redirect, type LoaderFunctionArgs, type ShouldRevalidateFunctionArgs } from 'react-router';
import { openOwnPage, openPage } from '../actions/run';
import { ApiError } from '../api/errors';
import * as shop from '../api/shop';
import type { Coupon, Country, Product } from '../api/types';
import { loadCart } from '../cart/cart';
import { serverCart } from '../cart/serverCart';
import { attempts } from '../checkout/attempts';
import type { PricedCart } from '../checkout/useCheckout';
import { couponCode, draft, isCouponCode } from '../checkout/draft';
import { country, countryOf, countryPath } from '../session/country';
import { session } from '../session/session';
import type { Action } from '../telemetry/actions';

export const openHome = () => redirect(countryPath(country.get()));

export async function openCatalogue({ params }: LoaderFunctionArgs): Promise<Product[]> {
  const code = chosenCountry(params.country);
  return openPage((action) => shop.products(action, code));
}

/** The category in the URL is a filter of the products that are there already. */
export function catalogueShouldReload({ currentUrl, nextUrl }: ShouldRevalidateFunctionArgs): boolean {
  return currentUrl.pathname !== nextUrl.pathname || currentUrl.search === nextUrl.search;
}

export async function openProduct({ params }: LoaderFunctionArgs): Promise<Product> {
  const code = chosenCountry(params.country);
  const id = idOf(params.productId);
  return openPage((action) => shop.product(action, code, id));
}

/** Without a login the cart is in this browser. */
export async function openCart({ request }: LoaderFunctionArgs): Promise<null> {
  if (!session.get().token) return openPage(() => Promise.resolve(null));
  return openOwnPage(request, true, (action) => loadCart(action).then(() => null));
}

export const openLogin = () => openPage(() => Promise.resolve(null));

export interface CheckoutPageData {
  /** Null while there is nothing to price, or no price to be had. */
  priced: PricedCart | null;
  coupons: Coupon[];
}

export async function openCheckout({ request }: LoaderFunctionArgs): Promise<CheckoutPageData> {
  return openOwnPage(request, session.get().token !== null, async (action) => {
    const [coupons] = await Promise.all([availableCoupons(action), cartForCheckout(action)]);
    return { coupons, priced: await firstQuote(action) };
  });
}

export async function openOrders({ request }: LoaderFunctionArgs) {
  return openOwnPage(request, session.get().token !== null, async (action) => {
    const page = await shop.orders(action);
    page.orders.forEach(settleAttempt);
    return page;
  });
}

export async function openOrder({ request, params }: LoaderFunctionArgs) {
  const id = idOf(params.orderId);
  return openOwnPage(request, session.get().token !== null, async (action) => {
    const order = await shop.order(action, id);
    settleAttempt(order);
    return order;
  });
}

/** The country in the URL becomes the user's. */
function chosenCountry(parameter: string | undefined): Country {
  const code = countryOf(parameter);
  if (!code) return notFound();
  if (country.get() !== code) country.set(code);
  return code;
}

function idOf(parameter: string | undefined): number {
  if (!/^[1-9]\d{0,8}$/.test(parameter ?? '')) return notFound();
  return Number(parameter);
}

function notFound(): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- React Router's way to leave a loader
  throw data(null, { status: 404 });
}

/** A payment of unknown outcome can be followed up also while the cart can't be loaded. */
async function cartForCheckout(action: Action): Promise<void> {
  try {
    await loadCart(action);
  } catch (error) {
    const canDoWithout = attempts.of(session.get().userId) && error instanceof ApiError && !error.isSignedOut;
    if (!canDoWithout) throw error;
  }
}

async function availableCoupons(action: Action): Promise<Coupon[]> {
  try {
    return (await shop.coupons(action)).coupons;
  } catch {
    return [];
  }
}

async function firstQuote(action: Action): Promise<PricedCart | null> {
  if (!serverCart.of(session.get().userId)?.items.length) return null;
  const typed = couponCode(draft.get().coupon);
  const asked = isCouponCode(typed) ? typed : '';
  try {
    return { asked, quote: await shop.quote(action, asked || undefined) };
  } catch (error) {
    if (error instanceof ApiError && error.isSignedOut) throw error;
    return null;
  }
}

const UNSETTLED = ['pending', 'authorised', 'cancelling'];

/** A payment whose outcome was unknown, and now is not. */
function settleAttempt(order: { id: number; status: string }): void {
  if (!UNSETTLED.includes(order.status)) attempts.settleOrder(order.id);
}
