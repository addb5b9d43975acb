import { metrics } from '@opentelemetry/api';
import { BoundedMap } from '@webstore/service/bounded-map';
import { IdempotentCalls, REMEMBERED_KEYS } from '@webstore/service/idempotency';
import { Refusal } from '@webstore/service/refusal';

/** @import { Simulate } from '@webstore/service/behaviour' */
/** @import { Offer, Request, Reservation, Stock } from './stock.js' */

/** @typedef {{ reservations: Reservation[], release?: 'released' | 'not_found' }} Line of an order: one product */

/** Reservations of the newest orders; those of older ones are for good. */
export class Reservations {
  #stock;
  /** @type {IdempotentCalls<Reservation>} */
  #calls = new IdempotentCalls();
  /** @type {BoundedMap<string, Line>} */
  #lines = new BoundedMap(REMEMBERED_KEYS);
  #counter = metrics.getMeter('inventory-system').createCounter('inventory.reservations', {
    description: 'Reservations by outcome and warehouse',
    unit: '{reservation}',
  });

  /** @param {Stock} stock */
  constructor(stock) {
    this.#stock = stock;
  }

  /**
   * @param {Request & { order_id: string | number }} request
   * @param {string | undefined} key of idempotency; default: one reservation for each order and product
   * @param {Simulate} simulate
   * @returns {Promise<Reservation>}
   * @throws {Refusal} when there is not enough stock, or the line was released
   */
  async reserve(request, key, simulate) {
    const id = lineId(request.order_id, request.product_id);
    const reservation = await this.#calls.run(
      key ?? id,
      request,
      async () => {
        await simulate(true);
        return this.#take(id, request);
      },
      () => simulate(false),
    );
    if (this.#lines.get(id)?.release) throw released();
    return reservation;
  }

  /**
   * Puts back what is reserved for an order's product. Final, also when it overtakes the reservation:
   * stock that nobody would release can then not be taken.
   * @param {string | number} orderId
   * @param {number} productId
   * @returns {'released' | 'not_found'} the same at each repetition
   */
  release(orderId, productId) {
    const id = lineId(orderId, productId);
    const line = this.#lines.get(id) ?? { reservations: [] };
    if (line.release) return line.release;
    for (const reservation of line.reservations) {
      this.#stock.putBack(reservation);
      this.#count('released', reservation.warehouse);
    }
    line.release = line.reservations.length > 0 ? 'released' : 'not_found';
    line.reservations = [];
    this.#lines.set(id, line);
    return line.release;
  }

  /**
   * @param {string} id
   * @param {Request} request
   */
  #take(id, request) {
    const line = this.#lines.get(id) ?? { reservations: [] };
    if (line.release) throw released();
    const { offer, reservation } = this.#stock.reserve(request);
    this.#count(reservation ? 'reserved' : 'out_of_stock', offer.warehouse);
    if (!reservation) throw outOfStock(offer);
    line.reservations.push(reservation);
    this.#lines.set(id, line);
    return reservation;
  }

  /**
   * @param {'reserved' | 'out_of_stock' | 'released'} status
   * @param {string} warehouse
   */
  #count(status, warehouse) {
    this.#counter.add(1, { status, warehouse });
  }
}

/**
 * @param {string | number} orderId
 * @param {number} productId
 */
function lineId(orderId, productId) {
  return `${orderId}:${productId}`;
}

/**
 * Not remembered: the same reservation can be tried again.
 * @param {Offer} offer
 */
function outOfStock({ stock, warehouse }) {
  return new Refusal(409, 'Insufficient stock', {
    event: 'inventory.out_of_stock',
    body: { status: 'out_of_stock', available_stock: stock },
    attributes: { 'warehouse.name': warehouse },
  });
}

function released() {
  return new Refusal(409, 'Reservation released', {
    event: 'inventory.refused',
    body: { status: 'released' },
  });
}
