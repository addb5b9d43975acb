/** @import { BehaviourDefaults } from '@webstore/service/behaviour' */

export { routes } from './routes.js';

/** @type {BehaviourDefaults} */
export const defaults = {
  latency_ms: { min: 100, max: 600 },
  failure_rate: 0.1,
  failure_rate_by_country: { US: 0.05, UK: 0.07, DE: 0.06, FR: 0.08, JP: 0.1, BR: 0.15, IN: 0.12 },
  answer_loss_rate: 0,
  errors: [
    { status: 400, message: 'Invalid payment details' },
    { status: 404, message: 'Payment method not found' },
    { status: 500, message: 'Internal payment processing error' },
    { status: 503, message: 'Payment service temporarily unavailable' },
    { status: 429, message: 'Rate limit exceeded' },
  ],
};
