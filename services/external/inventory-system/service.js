/** @import { BehaviourDefaults } from '@webstore/service/behaviour' */

export { routes } from './routes.js';

/** @type {BehaviourDefaults} */
export const defaults = {
  latency_ms: { min: 100, max: 400, check: { min: 50, max: 250 } },
  failure_rate: 0.001,
  failure_rate_by_country: {},
  errors: [
    { status: 400, message: 'Invalid inventory request' },
    { status: 404, message: 'Product not found' },
    { status: 500, message: 'Inventory database error' },
    { status: 503, message: 'Inventory service temporarily unavailable' },
  ],
};
