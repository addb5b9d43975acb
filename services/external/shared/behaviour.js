import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from './random.js';
import { Refusal } from './refusal.js';

/** @typedef {{ min: number, max: number }} Range milliseconds, both included */
/** @typedef {{ status: number, message: string }} SimulatedError */

/**
 * How a third party misbehaves.
 * @typedef {object} BehaviourSettings
 * @property {Range & Record<string, Range | number>} latency_ms min and max for every operation
 *   but those that have their own range under their name
 * @property {number} failure_rate 0 to 1, where the country has no rate of its own
 * @property {Record<string, number>} failure_rate_by_country
 * @property {SimulatedError[]} errors equally likely
 * @property {boolean} outage every business call answers 503
 * @property {number} seed
 * @property {number} [answer_loss_rate] 0 to 1, for a third party whose answers can get lost
 */

/** @typedef {Omit<BehaviourSettings, 'outage' | 'seed'>} BehaviourDefaults */

/**
 * @typedef {object} Call
 * @property {string} operation
 * @property {string} [country]
 * @property {boolean} [failures] false: latency and outage only, no random failure
 */

/** @typedef {(failures: boolean) => Promise<void>} Simulate a call of one operation and country */

/** A failure that the simulation decided on. */
export class SimulatedFailure extends Refusal {
  /** @param {SimulatedError} error */
  constructor({ status, message }) {
    super(status, message, {
      event: 'request.failed',
      body: { status: 'failed' },
      attributes: { 'error.type': String(status) },
    });
  }
}

/** Latency, random failures and outages from a seedable generator. */
export class Behaviour {
  #defaults;
  #unavailable;
  /** @type {BehaviourSettings} */
  #settings;
  #random;

  /**
   * @param {BehaviourDefaults} defaults its errors include a 503, which is the answer in an outage
   * @param {number} seed
   */
  constructor(defaults, seed) {
    this.#defaults = { ...defaults, outage: false, seed };
    this.#unavailable = /** @type {SimulatedError} */ (defaults.errors.find(({ status }) => status === 503));
    this.#settings = this.#defaults;
    this.#random = new Random(seed);
  }

  get settings() {
    return this.#settings;
  }

  /**
   * Puts other settings in force and restarts the generator.
   * @param {Partial<BehaviourSettings>} settings what is left out returns to its default
   */
  replace(settings) {
    this.#settings = { ...this.#defaults, ...settings };
    this.#random = new Random(this.#settings.seed);
  }

  /**
   * Takes as long as the third party would, and fails as often.
   * @param {Call} call
   * @throws {SimulatedFailure}
   */
  async simulate({ operation, country, failures = true }) {
    const { errors, latency_ms: latency, outage } = this.#settings;
    const { min, max } = /** @type {Range} */ (latency[operation] ?? latency);
    // Every call draws three numbers, before it waits: so the sequence depends on nothing but the order of calls.
    const delay = this.#random.integer(min, max);
    const fails = this.#random.fraction() < this.#failureRate(country);
    const error = errors[this.#random.integer(0, errors.length - 1)];
    await sleep(delay);
    if (outage) throw new SimulatedFailure(this.#unavailable);
    if (failures && fails) throw new SimulatedFailure(error);
  }

  /**
   * Decides, before the work, whether its answer will get lost, and how. Two draws, whatever the rate.
   * @template Way
   * @param {Way[]} ways equally likely
   * @returns {Way | undefined}
   */
  answerLoss(ways) {
    const { answer_loss_rate: rate = 0 } = this.#settings;
    const lost = this.#random.fraction() < rate;
    const way = ways[this.#random.integer(0, ways.length - 1)];
    return lost ? way : undefined;
  }

  /** @param {string} [country] */
  #failureRate(country = '') {
    const { failure_rate: general, failure_rate_by_country: byCountry } = this.#settings;
    return Object.hasOwn(byCountry, country) ? byCountry[country] : general;
  }
}
