/**
 * Payments whose outcome is not known, with their idempotency keys.
 *
 * An attempt is stored before its request is sent, so a lost response, a reload and a second tab all find it. The same
 * request then has the same key, and main-service makes one order and one charge of it. A final response removes the
 * attempt, so the next payment is a new one: a declined card must not decline the next card.
 */

import type { CheckoutRequest } from '../api/types';
import { isRepeatable, newIdempotencyKey } from '../api/idempotencyKey';
import { persisted } from '../storage/persisted';

export interface Attempt {
  key: string;
  userId: string;
  /** The fingerprint of the cart, which is not part of the request. */
  cart: string;
  request: CheckoutRequest;
  startedAt: number;
  /** Known after a checkout-pending response. */
  orderId?: number;
  traceId?: string;
}

const store = persisted<Attempt[]>('checkout', parse);

export const attempts = {
  ...store,

  /** The user's latest attempt of unknown outcome. */
  of(userId: string | null, now = Date.now()): Attempt | undefined {
    return store
      .get()
      .findLast((attempt) => attempt.userId === userId && isRepeatable(attempt.startedAt, now));
  },

  /** The stored attempt for the same purchase, or a new one. */
  begin(userId: string, cart: string, request: CheckoutRequest, now = Date.now()) {
    const alive = store.get().filter((attempt) => isRepeatable(attempt.startedAt, now));
    const wanted = JSON.stringify([userId, cart, canonical(request)]);
    const same = alive.find(
      (attempt) => JSON.stringify([attempt.userId, attempt.cart, canonical(attempt.request)]) === wanted,
    );
    const attempt = same ?? { key: newIdempotencyKey(), userId, cart, request, startedAt: now };
    store.set([...alive.filter((other) => other.key !== attempt.key), attempt]);
    return { attempt, isRepeat: same !== undefined };
  },

  /** Adds facts to an attempt whose outcome is still unknown. */
  note(key: string, facts: { orderId?: number; traceId?: string }): void {
    store.set(store.get().map((attempt) => (attempt.key === key ? { ...attempt, ...facts } : attempt)));
  },

  /** Removes an attempt whose outcome is known. */
  settle(key: string): void {
    store.set(store.get().filter((attempt) => attempt.key !== key));
  },

  /** As `settle`, by order. */
  settleOrder(orderId: number): void {
    if (store.get().some((attempt) => attempt.orderId === orderId))
      store.set(store.get().filter((attempt) => attempt.orderId !== orderId));
  },

  settleAll(userId: string): void {
    store.set(store.get().filter((attempt) => attempt.userId !== userId));
  },
};

/** The content of a cart, independent of the order of its lines. */
export function fingerprint(lines: readonly { productId: number; quantity: number }[]): string {
  return lines
    .map((line) => `${line.productId}x${line.quantity}`)
    .sort()
    .join(' ');
}

function canonical(request: CheckoutRequest): string[] {
  return [request.payment_method, request.country, request.coupon_code ?? ''];
}

function parse(stored: unknown): Attempt[] {
  return Array.isArray(stored) ? stored.filter(isAttempt) : [];
}

function isAttempt(value: unknown): value is Attempt {
  const attempt = value as Attempt | null;
  return (
    typeof attempt?.key === 'string' &&
    typeof attempt.userId === 'string' &&
    typeof attempt.cart === 'string' &&
    typeof attempt.startedAt === 'number' &&
    typeof attempt.request === 'object' &&
    attempt.request !== null
  );
}
