/**
 * Random hexadecimal digits. `crypto.randomUUID` exists in secure contexts only, and the shop also runs at
 * http://some-host; `getRandomValues` exists in both.
 */
export function randomHex(bytes: number): string {
  const values = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(values, (value) => value.toString(16).padStart(2, '0')).join('');
}

/** Unguessable, so that no other request is taken for this one. */
export const newIdempotencyKey = () => randomHex(16);
