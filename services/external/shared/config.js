import { randomInt } from 'node:crypto';

/** Seeds are unsigned 32-bit integers, the range of the generator. */
export const MAX_SEED = 2 ** 32 - 1;

/**
 * @param {number} defaultPort
 * @returns {number} PORT; 0 lets the operating system choose
 */
export function portFromEnvironment(defaultPort) {
  return integer('PORT', 65_535) ?? defaultPort;
}

/** @returns {number} RANDOM_SEED, or a random one */
export function seedFromEnvironment() {
  return integer('RANDOM_SEED', MAX_SEED) ?? randomInt(MAX_SEED);
}

/**
 * @param {string} name of the environment variable
 * @param {number} max
 * @returns {number | undefined} undefined when it is not set or empty
 * @throws {RangeError} when it is not an integer from 0 to max
 */
function integer(name, max) {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${name} must be an integer from 0 to ${max}`);
}
