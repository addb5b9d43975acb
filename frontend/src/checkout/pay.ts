/** Sends a payment and updates its stored attempt. */

import { ApiError } from '../api/errors';
import * as shop from '../api/shop';
import type { Action } from '../telemetry/actions';
import { serverCart } from '../cart/serverCart';
import { attempts, type Attempt } from './attempts';
import { outcomeOf, type Outcome } from './outcome';

/** `isRepeat`: the attempt was sent before. Its outcome stays unknown if this request is rejected before any effect. */
export async function pay(action: Action, attempt: Attempt, isRepeat: boolean): Promise<Outcome> {
  action.set('payment.method', attempt.request.payment_method);
  action.set('country', attempt.request.country);
  // Stored now, because the response may be lost.
  attempts.note(attempt.key, { traceId: action.traceId });
  const outcome = await send(action, attempt);
  const orderId = outcome.kind === 'confirmed' ? outcome.result.order_id : orderOf(outcome);
  if (orderId !== undefined) action.set('order.id', orderId);
  action.set('checkout.outcome', labelOf(outcome));
  record(attempt, outcome, isRepeat);
  return outcome;
}

async function send(action: Action, attempt: Attempt): Promise<Outcome> {
  try {
    const result = await shop.checkout(action, attempt.request, attempt.key);
    return { kind: 'confirmed', result, traceId: result.trace_id ?? action.traceId };
  } catch (error) {
    if (error instanceof ApiError) return outcomeOf(error);
    throw error;
  }
}

function record(attempt: Attempt, outcome: Outcome, isRepeat: boolean): void {
  switch (outcome.kind) {
    case 'confirmed':
      attempts.settleAll(attempt.userId);
      serverCart.forget();
      break;
    case 'rejected':
      attempts.settle(attempt.key);
      break;
    case 'unknown':
      attempts.note(attempt.key, {
        traceId: outcome.traceId,
        ...(outcome.orderId !== undefined && { orderId: outcome.orderId }),
      });
      break;
    case 'not-processed':
      if (!isRepeat) attempts.settle(attempt.key);
      break;
  }
}

function orderOf(outcome: Outcome): number | undefined {
  return 'orderId' in outcome ? outcome.orderId : undefined;
}

/** For telemetry. */
function labelOf(outcome: Outcome): string {
  if (outcome.kind === 'rejected') return outcome.problem;
  return outcome.kind === 'not-processed' ? outcome.error.label : outcome.kind;
}

/** The kind of failure, where the shop has failed; a declined card or a sold-out item is a normal outcome. */
export function failureOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'unknown') return outcome.kind;
  if (outcome.kind !== 'rejected') return undefined;
  return outcome.problem.endsWith('-unavailable') ? outcome.problem : undefined;
}
