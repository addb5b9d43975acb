// Parts of request schemas that the third parties have in common.

export const key = { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' };

export const amount = { type: 'number', maximum: 1_000_000, multipleOf: 0.01 };
export const country = { type: 'string', minLength: 1, maxLength: 16 };
export const orderId = { type: ['string', 'integer'], minLength: 1, maxLength: 64 };
export const userId = { type: 'string', minLength: 1, maxLength: 128 };
export const idempotencyHeaders = { type: 'object', properties: { 'idempotency-key': key } };
export const keyParams = { type: 'object', properties: { key } };

/**
 * Members that are not named are ignored, as callers may send more than a third party needs.
 * @param {Record<string, object>} properties all of them required
 */
export function body(properties) {
  return { type: 'object', required: Object.keys(properties), properties };
}
