/**
 * Payments whose outcome is not known, with their idempotency keys.
 *
 * An attempt is stored before its request is sent, so a lost response, a reload and a second tab all find it. The same
 * request then has the same key, and main-service makes one order and one charge of it. A final response removes the
 * attempt, so the next payment is a new one: a declined card must not decline the next card.
 */

import type { CheckoutRequest } from '../api/types';
import { newIdempotencyKey } from '../api/idempotencyKey';
import { persisted } from '../storage/persisted';

export interface Attempt {
  key: string;
  userId: string;
  /** What the cart held: the request itself does not say. */
  cart: string;
  request: CheckoutRequest;
  startedAt: number;
  /** Once main-service has named the order. */
  orderId?: number;
  traceId?: string;
}

/** Below main-service's KEY_LIFETIME: with a forgotten key the same request would be another purchase. */
const LIFETIME = 23 * 3600 * 1000; // milliseconds

const store = persisted<Attempt[]>('checkout', parse);

export const attempts = {
  ...store,

  /** The user's last attempt of unknown outcome. */
  of(userId: string | null, now = Date.now()): Attempt | undefined {
    return store.get().findLast((attempt) => attempt.userId === userId && isAlive(attempt, now));
  },

  /** The attempt for this purchase: the one of unknown outcome, or a new one. */
  begin(userId: string, cart: string, request: CheckoutRequest, now = Date.now()) {
    const alive = store.get().filter((attempt) => isAlive(attempt, now));
    const wanted = JSON.stringify([userId, cart, canonical(request)]);
    const same = alive.find(
      (attempt) => JSON.stringify([attempt.userId, attempt.cart, canonical(attempt.request)]) === wanted,
    );
    const attempt = same ?? { key: newIdempotencyKey(), userId, cart, request, startedAt: now };
    store.set([...alive.filter((other) => other.key !== attempt.key), attempt]);
    return { attempt, isRepeat: same !== undefined };
  },

  /** The outcome is still unknown, and this is what is known. */
  note(key: string, facts: { orderId?: number; traceId?: string }): void {
    store.set(store.get().map((attempt) => (attempt.key === key ? { ...attempt, ...facts } : attempt)));
  },

  /** The outcome is known. */
  settle(key: string): void {
    store.set(store.get().filter((attempt) => attempt.key !== key));
  },

  /** The same for the attempt that has become this order. */
  settleOrder(orderId: number): void {
    if (store.get().some((attempt) => attempt.orderId === orderId))
      store.set(store.get().filter((attempt) => attempt.orderId !== orderId));
  },

  settleAll(userId: string): void {
    store.set(store.get().filter((attempt) => attempt.userId !== userId));
  },
};

/** What a cart holds, in one order whatever the lines' order is. */
export function fingerprint(lines: readonly { productId: number; quantity: number }[]): string {
  return lines
    .map((line) => `${line.productId}x${line.quantity}`)
    .sort()
    .join(' ');
}

function canonical(request: CheckoutRequest): string[] {
  return [request.payment_method, request.country, request.coupon_code ?? ''];
}

/** A clock that was set back must not keep an attempt for longer either. */
function isAlive(attempt: Attempt, now: number): boolean {
  return Math.abs(now - attempt.startedAt) < LIFETIME;
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
    typeof attempt.request === 'object'
  );
}
