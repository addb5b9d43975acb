import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@webstore/service/refusal';

/** @import { Attributes } from '@opentelemetry/api' */
/** @import { FastifyReply } from 'fastify' */

/** Longer than any caller waits. */
const SILENCE_MS = 10_000;
const RETRY_AFTER_SECONDS = 1;
const MESSAGES = {
  500: 'Internal payment processing error',
  503: 'Payment service temporarily unavailable',
  429: 'Rate limit exceeded',
};

/** @typedef {keyof typeof MESSAGES | 'silence'} Loss the error that comes instead of the answer, or nothing */

/** @type {Loss[]} */
export const LOSSES = [500, 503, 429, 'silence'];

/**
 * Answers in a way that tells nothing of the outcome.
 * @param {FastifyReply} reply
 * @param {Loss} loss
 * @param {Attributes} attributes
 * @throws {Refusal} unless it is silence, after which the connection is closed
 */
export async function loseAnswer(reply, loss, attributes) {
  if (loss !== 'silence') {
    if (loss === 429) reply.header('retry-after', RETRY_AFTER_SECONDS);
    throw new Refusal(loss, MESSAGES[loss], {
      event: 'payment.answer_lost',
      body: { status: 'failed' },
      attributes: { ...attributes, 'error.type': String(loss) },
    });
  }
  reply.hijack();
  await sleep(SILENCE_MS);
  reply.raw.destroy();
}
