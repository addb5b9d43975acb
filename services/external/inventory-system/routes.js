import { idempotencyKey } from '@webstore/service/idempotency';
import * as schemas from '@webstore/service/schemas';
import { Reservations } from './reservations.js';
import { Stock } from './stock.js';

/** @import { App, Dependencies } from '@webstore/service/server' */
/** @import { Offer, Request, Reservation } from './stock.js' */

/** @typedef {{ order_id: string | number, product_id: number }} Line of an order */

const productId = { type: 'integer', minimum: 1 };
const request = {
  product_id: productId,
  quantity: { type: 'integer', minimum: 1, maximum: 10_000 },
  country: schemas.country,
};
const check = { body: schemas.body(request) };
const reserve = {
  headers: schemas.idempotencyHeaders,
  body: schemas.body({ ...request, order_id: schemas.orderId }),
};
const release = { body: schemas.body({ order_id: schemas.orderId, product_id: productId }) };

/**
 * @param {App} app
 * @param {Dependencies} dependencies
 */
export function routes(app, { behaviour, record, seed }) {
  const stock = new Stock(seed);
  const reservations = new Reservations(stock);

  app.post('/api/inventory/check', { schema: check }, async (request) => {
    const wanted = /** @type {Request} */ (request.body);
    await behaviour.simulate({ operation: 'check', country: wanted.country });
    const offer = stock.offer(wanted);
    record(request, 'inventory.checked', 'Stock checked', {
      'warehouse.name': offer.warehouse,
      'inventory.available': offer.available,
    });
    return presentOffer(wanted, offer);
  });

  app.post('/api/inventory/reserve', { schema: reserve }, async (request) => {
    const wanted = /** @type {Request & Line} */ (request.body);
    const reservation = await reservations.reserve(wanted, idempotencyKey(request), (failures) =>
      behaviour.simulate({ operation: 'reserve', country: wanted.country, failures }),
    );
    record(request, 'inventory.reserved', 'Stock reserved', { 'warehouse.name': reservation.warehouse });
    return presentReservation(reservation);
  });

  app.post('/api/inventory/release', { schema: release }, async (request) => {
    const { order_id: orderId, product_id: productId } = /** @type {Line} */ (request.body);
    await behaviour.simulate({ operation: 'release' });
    const status = reservations.release(orderId, productId);
    record(request, 'inventory.released', 'Reservation released', { 'inventory.release.status': status });
    return { status };
  });

  app.get('/api/inventory/warehouses', async (request) => {
    await behaviour.simulate({ operation: 'warehouses', failures: false });
    record(request, 'inventory.listed', 'Warehouses listed');
    return { warehouses: stock.warehouses() };
  });
}

/**
 * @param {Request} request
 * @param {Offer} offer
 */
function presentOffer({ product_id, quantity }, { available, warehouse, stock, days }) {
  return {
    product_id,
    quantity,
    available,
    warehouse,
    stock,
    fulfillment_days: days,
    checked_at: new Date().toISOString(),
  };
}

/** @param {Reservation} reservation */
function presentReservation({ id, productId, quantity, warehouse, days, reservedAt }) {
  return {
    reservation_id: id,
    product_id: productId,
    quantity,
    warehouse,
    fulfillment_days: days,
    reserved_at: reservedAt,
    status: 'success',
  };
}
