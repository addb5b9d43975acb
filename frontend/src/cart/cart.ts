/** The cart, wherever it is: in this browser until the login, at main-service afterwards. */

import { ApiError } from '../api/errors';
import * as shop from '../api/shop';
import type { Country, Product } from '../api/types';
import { session } from '../session/session';
import type { Action } from '../telemetry/actions';
import { localCart } from './localCart';
import { mergePending } from './merge';
import { serverCart } from './serverCart';

export interface CartLine {
  productId: number;
  /** Null for an item that main-service does not know of. */
  itemId: number | null;
  name: string;
  price: number;
  quantity: number;
}

/** Of the user who is logged in, with the items of before the login. Raises ApiError. */
export async function loadCart(action: Action): Promise<void> {
  const { token, userId } = session.get();
  if (!token || !userId) return;
  if (await mergePending(action, userId)) return;
  serverCart.show(userId, await shop.cart(action));
}

/** As `loadCart`, unless the cart is known; for pages that only show how many items it holds. */
export async function loadCartOnce(action: Action): Promise<void> {
  const { userId } = session.get();
  const isKnown = serverCart.of(userId) !== null;
  const isMerged = userId === null || localCart.mergesOf(userId).length === 0;
  if (!isKnown || !isMerged) await loadCart(action);
}

/** A login that has ended keeps the item in this browser, so that it is in the cart after the next. Raises ApiError. */
export async function addToCart(
  action: Action,
  product: Product,
  quantity: number,
  country: Country,
): Promise<void> {
  const { token, userId } = session.get();
  if (!token || !userId) return localCart.add(product, quantity);
  try {
    const added = await shop.addToCart(action, product.id, quantity, country);
    serverCart.put(userId, {
      id: added.cart_item_id,
      product_id: product.id,
      product_name: product.name,
      price: product.price,
      quantity: added.quantity,
    });
  } catch (error) {
    if (error instanceof ApiError && error.isSignedOut) localCart.add(product, quantity);
    throw error;
  }
}

/** Raises ApiError. */
export async function changeQuantity(action: Action, line: CartLine, quantity: number): Promise<void> {
  const { userId } = session.get();
  if (line.itemId === null || !userId) return localCart.setQuantity(line.productId, quantity);
  serverCart.put(userId, await shop.changeQuantity(action, line.itemId, quantity));
}

/** An item that is gone already, by another tab, is what the user wanted. Raises ApiError. */
export async function removeItem(action: Action, line: CartLine): Promise<void> {
  const { userId } = session.get();
  if (line.itemId === null || !userId) return localCart.remove(line.productId);
  try {
    await shop.removeItem(action, line.itemId);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  serverCart.drop(userId, line.itemId);
}
