import { randomUUID } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import { SimulatedFailure } from '@webstore/service/behaviour';
import { fingerprintOf } from '@webstore/service/idempotency';
import { fromCents, toCents } from '@webstore/service/money';
import { Problem } from '@webstore/service/problems';
import { countryLabel } from '@webstore/service/telemetry/outcome';

/** @import { SimulatedError, Simulate } from '@webstore/service/behaviour' */
/** @import { Books } from './books.js' */

/**
 * @typedef {object} Payment
 * @property {number} amount
 * @property {string} currency
 * @property {string} country
 * @property {string} payment_method
 */

/**
 * @typedef {object} Transaction
 * @property {string} [id] absent when the key was voided before anything was charged
 * @property {'success' | 'declined' | 'refunded' | 'voided'} status
 * @property {number} [cents]
 * @property {string} [currency]
 * @property {string} [country]
 * @property {SimulatedError} [decline]
 * @property {string} processedAt RFC 3339
 */

/** @typedef {Transaction & { fingerprint?: string }} Entry a transaction with the fingerprint of its request */

/** Errors that are the card's or the customer's; nothing is charged, and trying again gives the same. */
const DECLINE_STATUSES = [400, 404];

/** Charges and takes them back. The books are the truth; in memory is only what has not been decided yet. */
export class Transactions {
  #books;
  /** @type {Map<string, { fingerprint: string, status: 'pending', result: Promise<Entry> }>} */
  #underWay = new Map();
  #counter = metrics.getMeter('payment-provider').createCounter('payment_provider.transactions', {
    description: 'Transactions by outcome',
    unit: '{transaction}',
  });

  /** @param {Books} books */
  constructor(books) {
    this.#books = books;
  }

  /**
   * Charges at most once a key.
   * @param {string} key
   * @param {Payment} payment
   * @param {Simulate} simulate
   * @returns {Promise<Transaction>} success or declined; refunded or voided when the key was voided
   * @throws {SimulatedFailure} when the provider failed: nothing is charged, the key can be tried again
   */
  async process(key, payment, simulate) {
    const fingerprint = fingerprintOf(payment);
    const underWay = this.#underWay.get(key);
    const earlier = this.#books.get(key) ?? underWay;
    if (!earlier) return this.#first(key, payment, fingerprint, simulate);
    if (!isVoided(earlier) && earlier.fingerprint !== fingerprint) throw new Problem('idempotency-conflict');
    await simulate(false);
    return this.#books.get(key) ?? /** @type {NonNullable<typeof underWay>} */ (underWay).result;
  }

  /**
   * @param {string} key
   * @returns {Promise<Transaction | undefined>} undefined when nothing was charged or declined
   */
  async find(key) {
    await this.#underWay.get(key)?.result.catch(() => {}); // a charge under way decides first
    return this.#books.get(key);
  }

  /**
   * Sees to it that nothing is, or ever will be, charged under the key.
   * @param {string} key
   * @returns {Promise<Transaction>}
   */
  async void(key) {
    return this.#decide(key, (earlier) => {
      if (earlier && isVoided(earlier)) return earlier;
      const status = earlier?.status === 'success' ? 'refunded' : 'voided';
      return { processedAt: now(), ...earlier, status };
    });
  }

  /**
   * @param {string} key
   * @param {Payment} payment
   * @param {string} fingerprint
   * @param {Simulate} simulate
   */
  #first(key, payment, fingerprint, simulate) {
    const result = this.#charge(key, payment, fingerprint, simulate).finally(() =>
      this.#underWay.delete(key),
    );
    this.#underWay.set(key, { fingerprint, status: 'pending', result });
    return result;
  }

  /**
   * @param {string} key
   * @param {Payment} payment
   * @param {string} fingerprint
   * @param {Simulate} simulate
   * @returns {Promise<Entry>}
   */
  async #charge(key, { amount, currency, country }, fingerprint, simulate) {
    const failure = await simulate(true).catch((error) => error);
    if (failure && !isDecline(failure) && !this.#books.get(key)) {
      this.#count('error', country);
      throw failure;
    }
    return this.#decide(
      key,
      (earlier) =>
        earlier ?? {
          // voided meanwhile
          id: `TXN-${randomUUID()}`,
          status: failure ? 'declined' : 'success',
          cents: toCents(amount),
          currency,
          country,
          decline: failure && { status: failure.status, message: failure.message },
          processedAt: now(),
          fingerprint,
        },
    );
  }

  /**
   * Decides, and counts what is new.
   * @param {string} key
   * @param {(earlier: Entry | undefined) => Entry} decide
   */
  async #decide(key, decide) {
    /** @type {Entry | undefined} */
    let before;
    const entry = await this.#books.decide(key, (earlier) => decide((before = earlier)));
    if (entry !== before) this.#count(entry.status, entry.country);
    return entry;
  }

  /**
   * @param {string} status
   * @param {string} [country]
   */
  #count(status, country) {
    this.#counter.add(1, { status, country: countryLabel(country) });
  }
}

/**
 * @param {Transaction} transaction
 * @returns the transaction as the API shows it
 */
export function present({ id, status, cents, currency, decline, processedAt }) {
  return {
    transaction_id: id,
    status,
    amount: cents === undefined ? undefined : fromCents(cents),
    currency,
    processed_at: processedAt,
    error: decline?.message,
  };
}

/** @param {{ status: string }} transaction */
function isVoided({ status }) {
  return status === 'voided' || status === 'refunded';
}

/** @param {unknown} error */
function isDecline(error) {
  return error instanceof SimulatedFailure && DECLINE_STATUSES.includes(error.status);
}

function now() {
  return new Date().toISOString();
}
