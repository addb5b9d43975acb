import { trace } from '@opentelemetry/api';

/** @import { Attributes } from '@opentelemetry/api' */
/** @import { FastifyRequest } from 'fastify' */
/** @import { Logger } from 'pino' */

/** Attribute names of the request members that logs and spans may show; user_id is the only one about a person. */
const ATTRIBUTE_NAMES = {
  user_id: 'user.id',
  order_id: 'order.id',
  product_id: 'product.id',
  quantity: 'product.quantity',
  amount: 'order.amount',
  country: 'country',
  payment_method: 'payment.method',
};

const COUNTRIES = new Set(['US', 'UK', 'DE', 'FR', 'JP', 'BR', 'IN']);

/**
 * Writes the log line of a request's outcome, and puts the same on its span as attributes and an event.
 * @param {Logger} logger
 * @param {string} name of the event
 * @param {string} message
 * @param {Attributes} attributes
 */
export function recordOutcome(logger, name, message, attributes) {
  trace.getActiveSpan()?.setAttributes(attributes).addEvent(name);
  const status = Number(attributes['http.response.status_code'] ?? 200);
  logger[status < 500 ? 'info' : 'warn']({ 'event.name': name, ...attributes }, message);
}

/**
 * @param {Pick<FastifyRequest, 'body' | 'headers' | 'params'>} request that has been validated
 * @returns {Attributes}
 */
export function requestAttributes({ body, headers, params }) {
  const members = /** @type {Record<string, string | number>} */ (body ?? {});
  const { key } = /** @type {{ key?: string }} */ (params);
  const attributes = Object.entries(ATTRIBUTE_NAMES).map(([member, name]) => [name, members[member]]);
  return { ...Object.fromEntries(attributes), 'idempotency.key': key ?? headers['idempotency-key'] };
}

/**
 * @param {unknown} error
 * @returns {Attributes}
 */
export function exceptionAttributes(error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { 'error.type': name, 'exception.message': message, 'exception.stacktrace': stack };
}

/**
 * @param {string} [country]
 * @returns {string} the value of the metric label: one of the shop's countries, else `other`
 */
export function countryLabel(country = '') {
  return COUNTRIES.has(country) ? country : 'other';
}
