import { randomHex } from '../telemetry/ids';

/** Unguessable, so that no other request is taken for this one. */
export const newIdempotencyKey = () => randomHex(16);

/** Below main-service's KEY_LIFETIME: after that, a repeat would count as another request. */
const LIFETIME = 23 * 3600 * 1000; // milliseconds

/** Whether a request that was first sent at `startedAt` may still be repeated. A clock may also have been set back. */
export function isRepeatable(startedAt: number, now = Date.now()): boolean {
  return Math.abs(now - startedAt) < LIFETIME;
}
