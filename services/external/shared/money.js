/**
 * @param {number} amount in units of the currency, at most two decimals
 * @returns {number} integer cents
 */
export function toCents(amount) {
  return Math.round(amount * 100);
}

/**
 * @param {number} cents
 * @returns {number} units of the currency
 */
export function fromCents(cents) {
  return cents / 100;
}
