/** What became of a payment, as far as the response tells. */

import { ApiError } from '../api/errors';
import type { CheckoutResult } from '../api/types';

/** Nothing was charged, or it was taken back: the next payment is a new one. */
const FINAL = [
  'payment-declined',
  'sold-out',
  'order-cancelled',
  'cart-empty',
  'coupon-not-valid',
  'coupon-unavailable',
  'payment-unavailable',
  'idempotency-conflict',
] as const;
export type FinalProblem = (typeof FINAL)[number];

export type Outcome =
  | { kind: 'confirmed'; result: CheckoutResult; traceId: string }
  | { kind: 'rejected'; problem: FinalProblem; detail: string; orderId?: number; traceId: string }
  /** It may have been charged. */
  | { kind: 'unknown'; orderId?: number; traceId: string }
  /** The request was turned away before it could have an effect: no login, a rate limit, a malformed request. */
  | { kind: 'not-processed'; error: ApiError };

const NOT_PROCESSED = [400, 401, 404, 405, 413, 415, 422, 429];

/** `error` is what the checkout raised. */
export function outcomeOf(error: ApiError): Outcome {
  const facts = {
    traceId: error.traceId,
    ...(error.orderId !== undefined && { orderId: error.orderId }),
  };
  const problem = FINAL.find((name) => error.kind === 'problem' && name === error.problem);
  if (problem) return { kind: 'rejected', problem, detail: error.detail, ...facts };
  if (error.kind === 'problem' && NOT_PROCESSED.includes(error.status))
    return { kind: 'not-processed', error };
  // Also a 500 or a database that is down: it may have failed after the charge.
  return { kind: 'unknown', ...facts };
}
