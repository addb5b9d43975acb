/** Merges the items from before the login into the user's cart, once. */

import { ApiError } from '../api/errors';
import { isRepeatable } from '../api/idempotencyKey';
import * as shop from '../api/shop';
import type { Action } from '../telemetry/actions';
import { country } from '../session/country';
import { session } from '../session/session';
import { notify } from '../components/notices';
import { localCart, type PendingMerge } from './localCart';
import { serverCart } from './serverCart';

/** By user. The login and the next page may request the same merge; the second one waits for the first. */
const running = new Map<string, Promise<boolean>>();

/** Returns whether something was merged; the cart is then up to date. Raises ApiError, and keeps what is not merged. */
export function mergePending(action: Action, userId: string): Promise<boolean> {
  const merge = running.get(userId) ?? mergeAll(action, userId).finally(() => running.delete(userId));
  running.set(userId, merge);
  return merge;
}

async function mergeAll(action: Action, userId: string): Promise<boolean> {
  localCart.prepareMerge(userId, country.get());
  const merges = localCart.mergesOf(userId);
  for (const merge of merges) {
    // Requests have the token of whoever is logged in when they are sent: that may be another user by now.
    if (session.get().userId !== userId) return false;
    if (isRepeatable(merge.startedAt)) await mergeOne(action, merge);
    else giveUp(merge);
  }
  return merges.length > 0 && serverCart.of(userId) !== null;
}

async function mergeOne(action: Action, merge: PendingMerge): Promise<void> {
  const items = merge.lines.map((line) => ({ product_id: line.productId, quantity: line.quantity }));
  try {
    const cart = await shop.mergeCart(action, items, merge.country, merge.key);
    localCart.finishMerge(merge.key);
    serverCart.show(merge.userId, cart);
    reportSkipped(merge, cart.skipped);
  } catch (error) {
    if (!(error instanceof ApiError) || !isFinal(error)) throw error;
    // main-service would reject each repeat.
    localCart.finishMerge(merge.key);
    notify({
      text: 'The items from before your login could not be added to your cart.',
      traceId: error.traceId,
      stays: true,
    });
  }
}

/** main-service has forgotten the key: if it has merged the items before, a repeat would add them again. */
function giveUp(merge: PendingMerge): void {
  localCart.finishMerge(merge.key);
  notify({ text: 'Some items from before your login may be missing from your cart.', stays: true });
}

function isFinal(error: ApiError): boolean {
  return error.kind === 'problem' && [400, 409, 413, 415, 422].includes(error.status);
}

function reportSkipped(merge: PendingMerge, skipped: number[]): void {
  const names = merge.lines.filter((line) => skipped.includes(line.productId)).map((line) => line.name);
  if (names.length > 0)
    notify({ text: `No longer sold, so not in your cart: ${names.join(', ')}.`, stays: true });
}
