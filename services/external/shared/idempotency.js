import { createHash } from 'node:crypto';
import { BoundedMap } from './bounded-map.js';
import { Problem } from './problems.js';

/** @import { FastifyRequest } from 'fastify' */

/**
 * Keys remembered, for each operation: hours of a busy demonstration, while retries come within minutes,
 * and at about 1 KB each no more than 20 MB.
 */
export const REMEMBERED_KEYS = 20_000;

/**
 * @param {Pick<FastifyRequest, 'headers'>} request that has been validated
 * @returns {string | undefined}
 */
export function idempotencyKey({ headers }) {
  return /** @type {string | undefined} */ (headers['idempotency-key']);
}

/**
 * @param {unknown} request what must be equal under the same key
 * @returns {string}
 */
export function fingerprintOf(request) {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64');
}

/**
 * Executes a call once for each idempotency key. Calls with the same key share one execution, also while it runs.
 * @template T
 */
export class IdempotentCalls {
  /** @type {BoundedMap<string, { fingerprint: string, result: Promise<T> }>} */
  #calls = new BoundedMap(REMEMBERED_KEYS);

  /**
   * @param {string} key
   * @param {unknown} request what must be equal under the same key
   * @param {() => Promise<T>} execute when it rejects, nothing is remembered: the call may be tried again
   * @param {() => Promise<void>} [repeat] awaited before an earlier result is answered again
   * @returns {Promise<T>} the first result under this key
   * @throws {Problem} idempotency-conflict
   */
  async run(key, request, execute, repeat) {
    const fingerprint = fingerprintOf(request);
    const earlier = this.#calls.get(key);
    if (!earlier) return this.#first(key, fingerprint, execute);
    if (earlier.fingerprint !== fingerprint) throw new Problem('idempotency-conflict');
    await repeat?.();
    return earlier.result;
  }

  /**
   * @param {string} key
   * @param {string} fingerprint
   * @param {() => Promise<T>} execute
   */
  #first(key, fingerprint, execute) {
    const result = execute();
    this.#calls.set(key, { fingerprint, result });
    result.catch(() => this.#calls.delete(key));
    return result;
  }
}
