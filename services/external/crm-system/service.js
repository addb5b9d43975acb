import { caseRoutes } from './case-routes.js';
import { customerRoutes } from './customer-routes.js';

/** @import { BehaviourDefaults } from '@webstore/service/behaviour' */
/** @import { App, Dependencies } from '@webstore/service/server' */

/** @type {BehaviourDefaults} */
export const defaults = {
  latency_ms: { min: 50, max: 350, update: { min: 50, max: 250 } },
  failure_rate: 0.08,
  failure_rate_by_country: {},
  errors: [
    { status: 400, message: 'Invalid customer data' },
    { status: 404, message: 'Customer not found' },
    { status: 500, message: 'CRM database error' },
    { status: 503, message: 'CRM service temporarily unavailable' },
  ],
};

/**
 * @param {App} app
 * @param {Dependencies} dependencies
 */
export function routes(app, dependencies) {
  customerRoutes(app, dependencies);
  caseRoutes(app, dependencies);
}
