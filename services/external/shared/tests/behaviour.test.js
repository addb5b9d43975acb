import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Behaviour } from '@webstore/service/behaviour';

const DRAWS = 5000;
const ERRORS = [400, 404, 500, 503, 429].map((status) => ({ status, message: `Error ${status}` }));
const DEFAULTS = {
  latency_ms: { min: 0, max: 0 },
  failure_rate: 0.1,
  failure_rate_by_country: { US: 0.05, BR: 0.15 },
  errors: ERRORS,
};

/**
 * @param {Behaviour} behaviour
 * @param {string} country
 * @param {number} count
 * @returns {Promise<number[]>} statuses, 200 for a success
 */
async function outcomes(behaviour, country, count) {
  const calls = Array.from({ length: count }, () => behaviour.simulate({ operation: 'any', country }));
  const results = await Promise.allSettled(calls);
  return results.map((result) => (result.status === 'fulfilled' ? 200 : result.reason.status));
}

test('the same seed gives the same sequence, another seed another one', async () => {
  const first = await outcomes(new Behaviour(DEFAULTS, 7), 'BR', 200);
  const second = await outcomes(new Behaviour(DEFAULTS, 7), 'BR', 200);
  const other = await outcomes(new Behaviour(DEFAULTS, 8), 'BR', 200);
  assert.deepEqual(second, first);
  assert.notDeepEqual(other, first);
});

test('replace restarts the generator with the seed', async () => {
  const behaviour = new Behaviour(DEFAULTS, 1);
  behaviour.replace({ seed: 7 });
  const first = await outcomes(behaviour, 'BR', 200);
  behaviour.replace({ seed: 7 });
  assert.deepEqual(await outcomes(behaviour, 'BR', 200), first);
});

for (const { country, rate } of [
  { country: 'US', rate: 0.05 },
  { country: 'BR', rate: 0.15 },
  { country: 'CH', rate: 0.1 },
  { country: 'constructor', rate: 0.1 },
]) {
  test(`about ${rate * 100} % of the calls from ${country} fail`, async () => {
    const statuses = await outcomes(new Behaviour(DEFAULTS, 7), country, DRAWS);
    const failures = statuses.filter((status) => status !== 200).length;
    assert.ok(Math.abs(failures / DRAWS - rate) < 0.01, `${failures} of ${DRAWS} failed`);
  });
}

test('the errors are equally likely', async () => {
  const behaviour = new Behaviour({ ...DEFAULTS, failure_rate: 1 }, 7);
  const statuses = await outcomes(behaviour, 'CH', DRAWS);
  for (const { status } of ERRORS) {
    const share = statuses.filter((one) => one === status).length / DRAWS;
    assert.ok(Math.abs(share - 0.2) < 0.02, `${status}: ${share}`);
  }
});

test('latency stays in the range, which an operation may have for itself', async () => {
  const latency = { min: 60, max: 120, quick: { min: 10, max: 20 } };
  const behaviour = new Behaviour({ ...DEFAULTS, latency_ms: latency, failure_rate: 0 }, 7);
  /** @param {string} operation */
  const measure = async (operation) => {
    const start = performance.now();
    await behaviour.simulate({ operation });
    return performance.now() - start;
  };
  for (const duration of await Promise.all(Array.from({ length: 50 }, () => measure('slow')))) {
    assert.ok(duration >= 59 && duration < 250, `${duration} ms`);
  }
  const quick = await measure('quick');
  assert.ok(quick >= 9 && quick < 59, `${quick} ms`);
});

test('without failures there is still the outage', async () => {
  const behaviour = new Behaviour({ ...DEFAULTS, failure_rate: 1 }, 7);
  await behaviour.simulate({ operation: 'any', failures: false });
  behaviour.replace({ outage: true });
  await assert.rejects(behaviour.simulate({ operation: 'any', failures: false }), {
    status: 503,
    message: 'Error 503',
  });
});
