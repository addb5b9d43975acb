/** Classifies the response of a checkout. */

import { ApiError } from '../api/errors';
import type { CheckoutResult } from '../api/types';

/** Final: nothing was charged, or the charge was refunded. The next payment gets a new key. */
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
  /** The payment method may have been charged. */
  | { kind: 'unknown'; orderId?: number; traceId: string }
  /** Rejected before any effect: no login, a rate limit, a malformed request. */
  | { kind: 'not-processed'; error: ApiError };

const NOT_PROCESSED = [400, 401, 404, 405, 413, 415, 422, 429];

export function outcomeOf(error: ApiError): Outcome {
  const facts = {
    traceId: error.traceId,
    ...(error.orderId !== undefined && { orderId: error.orderId }),
  };
  const problem = FINAL.find((name) => error.kind === 'problem' && name === error.problem);
  if (problem) return { kind: 'rejected', problem, detail: error.detail, ...facts };
  if (error.kind === 'problem' && NOT_PROCESSED.includes(error.status))
    return { kind: 'not-processed', error };
  // Also for a 500 or a database outage: the request may have failed after the charge.
  return { kind: 'unknown', ...facts };
}
