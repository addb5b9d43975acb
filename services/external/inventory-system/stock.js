import { randomUUID } from 'node:crypto';
import { Random } from '@webstore/service/random';

/** Warehouses and the days they take to fulfil an order. */
const FULFILLMENT_DAYS = new Map([
  ['US-EAST', 2],
  ['US-WEST', 2],
  ['EU-CENTRAL', 3],
  ['UK-LONDON', 2],
  ['ASIA-TOKYO', 3],
  ['SA-BRAZIL', 5],
  ['ASIA-MUMBAI', 4],
]);

/** Warehouses that serve a country, preferred one first. */
const WAREHOUSES_BY_COUNTRY = new Map([
  ['US', ['US-EAST', 'US-WEST']],
  ['UK', ['UK-LONDON', 'EU-CENTRAL']],
  ['DE', ['EU-CENTRAL', 'UK-LONDON']],
  ['FR', ['EU-CENTRAL', 'UK-LONDON']],
  ['JP', ['ASIA-TOKYO']],
  ['BR', ['SA-BRAZIL', 'US-EAST']],
  ['IN', ['ASIA-MUMBAI', 'ASIA-TOKYO']],
]);
const DEFAULT_WAREHOUSES = ['US-EAST'];

const PRODUCT_IDS = [1, 2, 3, 4, 5, 6, 7, 8];
const INITIAL_STOCK = { min: 5000, max: 9999 };
const RESTOCK_DAYS = 7;

/** @typedef {{ product_id: number, quantity: number, country: string }} Request */

/**
 * What a request can get, and from where.
 * @typedef {object} Offer
 * @property {boolean} available
 * @property {string} warehouse
 * @property {number} stock of the product in the warehouse
 * @property {number} days until fulfilment
 */

/**
 * @typedef {object} Reservation
 * @property {string} id
 * @property {number} productId
 * @property {number} quantity
 * @property {string} warehouse
 * @property {number} days until fulfilment
 * @property {string} reservedAt RFC 3339
 */

/** Stock of all warehouses. Its methods are synchronous: none can see or leave a half-done change. */
export class Stock {
  /** @type {Map<string, Map<number, number>>} quantity by warehouse and product */
  #quantities;

  /** @param {number} seed of the initial quantities */
  constructor(seed) {
    const random = new Random(seed);
    const quantity = () => random.integer(INITIAL_STOCK.min, INITIAL_STOCK.max);
    this.#quantities = new Map(
      [...FULFILLMENT_DAYS.keys()].map((warehouse) => [
        warehouse,
        new Map(PRODUCT_IDS.map((productId) => [productId, quantity()])),
      ]),
    );
  }

  /**
   * @param {Request} request
   * @returns {Offer} from the first warehouse of the country that has enough, else from its first, later
   */
  offer({ product_id: productId, quantity, country }) {
    const candidates = WAREHOUSES_BY_COUNTRY.get(country) ?? DEFAULT_WAREHOUSES;
    const supplier = candidates.find((warehouse) => this.#quantity(warehouse, productId) >= quantity);
    const warehouse = supplier ?? candidates[0];
    return {
      available: supplier !== undefined,
      warehouse,
      stock: this.#quantity(warehouse, productId),
      days: Number(FULFILLMENT_DAYS.get(warehouse)) + (supplier ? 0 : RESTOCK_DAYS),
    };
  }

  /**
   * Takes the quantity out of stock, all of it or nothing.
   * @param {Request} request
   * @returns {{ offer: Offer, reservation?: Reservation }} no reservation when there is not enough
   */
  reserve(request) {
    const offer = this.offer(request);
    if (!offer.available) return { offer };
    const { product_id: productId, quantity } = request;
    const { warehouse, days } = offer;
    this.#change(warehouse, productId, -quantity);
    const reservedAt = new Date().toISOString();
    const reservation = { id: `RES-${randomUUID()}`, productId, quantity, warehouse, days, reservedAt };
    return { offer, reservation };
  }

  /** @param {Reservation} reservation to put back into stock */
  putBack({ warehouse, productId, quantity }) {
    this.#change(warehouse, productId, quantity);
  }

  /** @returns warehouses with their stock, quantities by product id */
  warehouses() {
    return [...this.#quantities].map(([warehouse, quantities]) => ({
      warehouse,
      fulfillment_days: FULFILLMENT_DAYS.get(warehouse),
      stock: Object.fromEntries(quantities),
    }));
  }

  /**
   * @param {string} warehouse
   * @param {number} productId
   */
  #quantity(warehouse, productId) {
    return this.#quantities.get(warehouse)?.get(productId) ?? 0;
  }

  /**
   * @param {string} warehouse
   * @param {number} productId
   * @param {number} difference
   */
  #change(warehouse, productId, difference) {
    this.#quantities.get(warehouse)?.set(productId, this.#quantity(warehouse, productId) + difference);
  }
}
