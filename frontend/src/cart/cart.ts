/** Operations on the cart: it is in the browser before the login and at main-service afterwards. */

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
  /** main-service's ID; null for an item of a visitor's cart. */
  itemId: number | null;
  name: string;
  price: number;
  quantity: number;
}

/**
 * Loads the user's cart, after merging the items from before the login. If the merge fails, the cart is loaded without
 * them, and the pages show a note. Raises ApiError.
 */
export async function loadCart(action: Action): Promise<void> {
  const { token, userId } = session.get();
  if (!token || !userId) return;
  if (await hasMerged(action, userId)) return;
  serverCart.show(userId, await shop.cart(action));
}

async function hasMerged(action: Action, userId: string): Promise<boolean> {
  try {
    return await mergePending(action, userId);
  } catch (error) {
    if (!(error instanceof ApiError) || error.isSignedOut) throw error;
    return false;
  }
}

/** As `loadCart`, but only if the cart is not known yet. For pages that only show the number of items. */
export async function loadCartOnce(action: Action): Promise<void> {
  const { userId } = session.get();
  const isKnown = serverCart.of(userId) !== null;
  const isMerged = userId === null || localCart.mergesOf(userId).length === 0;
  if (!isKnown || !isMerged) await loadCart(action);
}

/**
 * If the session has expired, the item is kept in the browser and merged after the next login. If it is not known
 * whether the item was added, the next page loads the cart again. Raises ApiError.
 */
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
    if (error instanceof ApiError && error.isUncertain) serverCart.forget();
    throw error;
  }
}

/** Raises ApiError. */
export async function changeQuantity(action: Action, line: CartLine, quantity: number): Promise<void> {
  const { userId } = session.get();
  if (line.itemId === null || !userId) return localCart.setQuantity(line.productId, quantity);
  serverCart.put(userId, await shop.changeQuantity(action, line.itemId, quantity));
}

/** An item that is already gone counts as removed. Raises ApiError. */
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
