import { idempotencyKey } from '@webstore/service/idempotency';
import * as schemas from '@webstore/service/schemas';
import { Customers } from './customers.js';

/** @import { App, Dependencies } from '@webstore/service/server' */
/** @import { Order } from './customers.js' */

const recordOrder = {
  headers: schemas.idempotencyHeaders,
  body: schemas.body({
    user_id: schemas.userId,
    order_id: schemas.orderId,
    amount: { ...schemas.amount, minimum: 0 },
    country: schemas.country,
  }),
};
const update = { body: schemas.body({ user_id: schemas.userId, data: { type: 'object' } }) };

/**
 * @param {App} app
 * @param {Dependencies} dependencies
 */
export function customerRoutes(app, { behaviour, record }) {
  const customers = new Customers();

  app.post('/api/customer/order', { schema: recordOrder }, async (request) => {
    const order = /** @type {Order} */ (request.body);
    const recorded = await customers.recordOrder(order, idempotencyKey(request), (failures) =>
      behaviour.simulate({ operation: 'order', country: order.country, failures }),
    );
    record(request, 'crm.order_recorded', 'Order recorded', { 'customer.id': recorded.customer_id });
    return { status: 'recorded', ...recorded };
  });

  app.post('/api/customer/update', { schema: update }, async (request) => {
    const { user_id: userId } = /** @type {{ user_id: string }} */ (request.body);
    const updated = await customers.update(userId, (failures) =>
      behaviour.simulate({ operation: 'update', failures }),
    );
    record(request, 'crm.customer_updated', 'Customer updated', { 'customer.id': updated.customer_id });
    return { status: 'updated', ...updated };
  });
}
