import { randomUUID } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import { SimulatedFailure } from '@webstore/service/behaviour';
import { BoundedMap } from '@webstore/service/bounded-map';
import { IdempotentCalls, REMEMBERED_KEYS } from '@webstore/service/idempotency';
import { fromCents, toCents } from '@webstore/service/money';
import { countryLabel } from '@webstore/service/telemetry/outcome';

/** @import { Simulate } from '@webstore/service/behaviour' */

/**
 * @typedef {object} Payment
 * @property {number} amount
 * @property {string} currency
 * @property {string} country
 * @property {string} payment_method
 */

/**
 * @typedef {object} Transaction
 * @property {string} [id] absent when the key was voided before it was ever used
 * @property {'pending' | 'success' | 'declined' | 'refunded' | 'voided'} status
 * @property {number} [cents]
 * @property {string} [currency]
 * @property {string} [country]
 * @property {SimulatedFailure} [decline]
 * @property {string} processedAt RFC 3339
 */

/** Errors that are the card's or the customer's; nothing is charged, and trying again gives the same. */
const DECLINE_STATUSES = [400, 404];

/** The provider's books, by idempotency key. */
export class Transactions {
  /** @type {IdempotentCalls<Transaction>} */
  #calls = new IdempotentCalls();
  /** @type {BoundedMap<string, Transaction>} */
  #transactions = new BoundedMap(REMEMBERED_KEYS);
  #counter = metrics.getMeter('payment-provider').createCounter('payment_provider.transactions', {
    description: 'Transactions by outcome',
    unit: '{transaction}',
  });

  /**
   * Charges at most once a key.
   * @param {string} key
   * @param {Payment} payment
   * @param {Simulate} simulate
   * @returns {Promise<Transaction>} success or declined; refunded or voided when the key was voided
   * @throws {SimulatedFailure} when the provider failed: nothing is charged, the key can be tried again
   */
  async process(key, payment, simulate) {
    const earlier = this.#transactions.get(key);
    if (earlier && isVoided(earlier)) {
      await simulate(false);
      return earlier;
    }
    return this.#calls.run(
      key,
      payment,
      () => this.#charge(key, payment, simulate),
      () => simulate(false),
    );
  }

  /**
   * @param {string} key
   * @returns {Promise<Transaction | undefined>} undefined when nothing was charged or declined
   */
  async find(key) {
    const transaction = this.#transactions.get(key);
    await this.#calls.settled(key); // a charge under way decides first
    return transaction?.status === 'pending' ? undefined : transaction;
  }

  /**
   * Sees to it that nothing is, or ever will be, charged under the key.
   * @param {string} key
   * @returns {Transaction}
   */
  void(key) {
    const transaction = this.#transactions.get(key) ?? { status: 'pending', processedAt: now() };
    if (isVoided(transaction)) return transaction;
    transaction.status = transaction.status === 'success' ? 'refunded' : 'voided';
    this.#transactions.set(key, transaction);
    this.#count(transaction.status, transaction.country);
    return transaction;
  }

  /**
   * @param {string} key
   * @param {Payment} payment
   * @param {Simulate} simulate
   * @returns {Promise<Transaction>}
   */
  async #charge(key, { amount, currency, country }, simulate) {
    /** @type {Transaction} */
    const transaction = {
      id: `TXN-${randomUUID()}`,
      status: 'pending',
      cents: toCents(amount),
      currency,
      country,
      processedAt: now(),
    };
    this.#transactions.set(key, transaction);
    const failure = await simulate(true).catch((error) => error);
    if (isVoided(transaction)) return transaction;
    if (failure && !isDecline(failure)) {
      this.#transactions.delete(key);
      this.#count('error', country);
      throw failure;
    }
    transaction.status = failure ? 'declined' : 'success';
    transaction.decline = failure;
    transaction.processedAt = now();
    this.#count(transaction.status, country);
    return transaction;
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

/** @param {Transaction} transaction */
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
