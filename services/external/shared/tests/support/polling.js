import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 20_000; // for conditions that come true within moments, on a busy machine too
const PAUSE_MS = 20; // between two checks

/**
 * Waits for a condition, never for a time: no other file of the tests sleeps (tests/config/test_waits.py).
 * @param {() => unknown} check succeeds when it returns something truthy
 * @param {string} what is checked, for the message of the failure
 */
export async function eventually(check, what) {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${TIMEOUT_MS} ms`);
    await sleep(PAUSE_MS);
  }
}
