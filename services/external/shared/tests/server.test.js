import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as schemas from '@webstore/service/schemas';
import { createApp, SEED } from '@webstore/service/tests/support/app';

const SERVICE = {
  defaults: {
    latency_ms: { min: 1, max: 2, echo: { min: 1, max: 1 } },
    failure_rate: 0.5,
    failure_rate_by_country: { US: 0.1 },
    errors: [{ status: 503, message: 'Echo temporarily unavailable' }],
  },
  /** @type {import('@webstore/service/server').Service['routes']} */
  routes(app, { behaviour }) {
    const schema = { body: schemas.body({ user_id: schemas.userId }), headers: schemas.idempotencyHeaders };
    app.post('/echo', { schema }, async ({ body }) => {
      await behaviour.simulate({ operation: 'echo' });
      return body;
    });
    app.get('/crash', async () => {
      throw new TypeError('a secret of the program');
    });
  },
};
const { app, call, behave } = await createApp(SERVICE);

test('health', async () => {
  const { status, body } = await call('GET', '/health');
  assert.deepEqual({ status, body }, { status: 200, body: { status: 'healthy' } });
});

test('PUT /admin/behaviour replaces the behaviour, an empty one resets it', async () => {
  const settings = {
    latency_ms: { min: 0, max: 3 },
    failure_rate: 1,
    failure_rate_by_country: { UK: 0.3 },
    errors: [{ status: 418, message: 'Short and stout' }],
    outage: true,
    seed: 5,
  };
  assert.deepEqual((await call('PUT', '/admin/behaviour', settings)).body, settings);
  assert.deepEqual((await call('GET', '/admin/behaviour')).body, settings);
  const defaults = { ...SERVICE.defaults, outage: false, seed: SEED };
  assert.deepEqual((await call('PUT', '/admin/behaviour', {})).body, defaults);
  assert.deepEqual((await call('PUT', '/admin/behaviour', defaults)).body, defaults);
});

test('an outage refuses business calls, but neither health nor admin', async () => {
  await behave({ outage: true });
  const refused = await call('POST', '/echo', { user_id: 'user_a' });
  assert.equal(refused.status, 503);
  assert.deepEqual(refused.body, { error: 'Echo temporarily unavailable', status: 'failed' });
  assert.equal((await call('GET', '/health')).status, 200);
  assert.equal((await behave({})).status, 200);
  assert.equal((await call('POST', '/echo', { user_id: 'user_a' })).status, 200);
});

/** @type {[what: string, settings: object, field: string][]} */
const INVALID_SETTINGS = [
  ['an unknown member', { latency: 5 }, 'latency'],
  ['a loss of answers where none can get lost', { answer_loss_rate: 0.5 }, 'answer_loss_rate'],
  ['an unknown operation', { latency_ms: { min: 1, max: 2, other: { min: 1, max: 2 } } }, 'latency_ms.other'],
  ['max below min', { latency_ms: { min: 5, max: 4 } }, 'latency_ms.max'],
  ['max below min', { latency_ms: { min: 1, max: 2, echo: { min: 5, max: 4 } } }, 'latency_ms.echo.max'],
  ['no max', { latency_ms: { min: 5 } }, 'latency_ms.max'],
  ['a negative latency', { latency_ms: { min: -1, max: 4 } }, 'latency_ms.min'],
  ['a text for a number', { failure_rate: '0.5' }, 'failure_rate'],
  ['a rate above 1', { failure_rate_by_country: { US: 1.5 } }, 'failure_rate_by_country.US'],
  ['no errors', { errors: [] }, 'errors'],
  ['a status that is no error', { errors: [{ status: 200, message: 'fine' }] }, 'errors.0.status'],
  ['a number for an outage', { outage: 1 }, 'outage'],
  ['a seed that is too large', { seed: 2 ** 32 }, 'seed'],
];

for (const [what, settings, field] of INVALID_SETTINGS) {
  test(`PUT /admin/behaviour refuses ${what}: ${field}`, async () => {
    const { status, type, body } = await call('PUT', '/admin/behaviour', settings);
    assert.equal(status, 422);
    assert.equal(type, 'application/problem+json');
    assert.equal(body.type, 'urn:webstore:problem:validation-failed');
    const fields = body.errors.map((/** @type {{ field: string }} */ error) => error.field);
    assert.ok(fields.includes(field), fields.join());
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const VALID = '{"user_id":"a"}';

/** @type {[what: string, payload: string, headers: Record<string, string>, status: number, problem: string][]} */
const INVALID_REQUESTS = [
  ['malformed JSON', '{"user_id":', JSON_TYPE, 400, 'malformed-request'],
  ['an empty body', '', JSON_TYPE, 400, 'malformed-request'],
  ['a body that is no object', '[]', JSON_TYPE, 422, 'validation-failed'],
  ['a missing member', '{}', JSON_TYPE, 422, 'validation-failed'],
  ['a wrong type', '{"user_id":5}', JSON_TYPE, 422, 'validation-failed'],
  ['a long text', `{"user_id":"${'x'.repeat(129)}"}`, JSON_TYPE, 422, 'validation-failed'],
  ['a huge body', `{"user_id":"${'x'.repeat(70_000)}"}`, JSON_TYPE, 413, 'payload-too-large'],
  ['text', VALID, { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
  ['no JSON', VALID, { 'content-type': 'application/octet-stream' }, 415, 'unsupported-media-type'],
  ['a key with a space', VALID, { ...JSON_TYPE, 'idempotency-key': 'a b' }, 422, 'validation-failed'],
  ['a long key', VALID, { ...JSON_TYPE, 'idempotency-key': 'x'.repeat(256) }, 422, 'validation-failed'],
];

for (const [what, payload, headers, status, problem] of INVALID_REQUESTS) {
  test(`${status} for ${what}`, async () => {
    const response = await app.inject({ method: 'POST', url: '/echo', payload, headers });
    assertProblem(response, status, problem);
  });
}

test('404 for an unknown path', async () => {
  assertProblem(await app.inject('/other'), 404, 'not-found');
});

test('400 for a malformed path', async () => {
  assertProblem(await app.inject('/%zz'), 400, 'malformed-request');
});

test('405 for another method', async () => {
  const response = await app.inject({ method: 'DELETE', url: '/admin/behaviour' });
  assertProblem(response, 405, 'method-not-allowed');
  assert.equal(response.headers.allow, 'GET, HEAD, PUT');
});

/**
 * @param {import('fastify').LightMyRequestResponse} response
 * @param {number} status
 * @param {string} problem
 */
function assertProblem(response, status, problem) {
  assert.equal(response.statusCode, status);
  assert.equal(response.headers['content-type'], 'application/problem+json');
  assert.equal(response.json().type, `urn:webstore:problem:${problem}`);
  assert.equal(response.json().status, status);
}

test('an error of the program is a 500 that tells nothing about it', async () => {
  const { status, body } = await call('GET', '/crash');
  assert.equal(status, 500);
  assert.equal(body.type, 'urn:webstore:problem:internal-error');
  assert.doesNotMatch(JSON.stringify(body), /secret/);
});
