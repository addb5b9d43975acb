import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Behaviour } from '@webstore/service/behaviour';
import { createApp } from '@webstore/service/tests/support/app';
import { LOSSES } from '../answer-loss.js';
import * as service from '../service.js';

const DRAWS = 4000;
const PAYMENT = { amount: 5, currency: 'USD', country: 'US', payment_method: 'debit_card' };

/**
 * @param {number} rate
 * @param {number} seed
 */
function losses(rate, seed) {
  const behaviour = new Behaviour({ ...service.defaults, answer_loss_rate: rate }, seed);
  return Array.from({ length: DRAWS }, () => behaviour.answerLoss(LOSSES));
}

test('no answer is lost unless somebody asks for it', () => {
  assert.equal(service.defaults.answer_loss_rate, 0);
  assert.ok(losses(0, 7).every((loss) => loss === undefined));
});

test('the same seed loses the same answers, in ways that are equally likely', () => {
  const lost = losses(0.4, 7);
  assert.deepEqual(losses(0.4, 7), lost);
  assert.notDeepEqual(losses(0.4, 8), lost);
  for (const way of LOSSES) {
    const share = lost.filter((loss) => loss === way).length / DRAWS;
    assert.ok(Math.abs(share - 0.1) < 0.02, `${way}: ${share}`);
  }
});

test('the outcome of a lost answer is decided: success or decline, and the key gives it later', async () => {
  const { app, call, behave } = await createApp(service);
  const { url, method } = { url: '/api/payment/process', method: /** @type {const} */ ('POST') };
  const answers = new Map();
  for (let seed = 0; answers.size < 3; seed += 1) {
    const loss = new Behaviour({ ...service.defaults, answer_loss_rate: 1 }, seed).answerLoss(LOSSES);
    if (loss === 'silence' || answers.has(loss)) continue;
    await behave({ answer_loss_rate: 1, seed });
    const key = `lost-${loss}`;
    const answer = await app.inject({ method, url, payload: PAYMENT, headers: { 'idempotency-key': key } });
    assert.equal(answer.statusCode, loss);
    assert.equal(answer.headers['retry-after'], loss === 429 ? '1' : undefined);
    answers.set(loss, key);
  }
  await behave({});
  for (const key of answers.values()) {
    const found = await call('GET', `/api/payment/transactions/${key}`);
    assert.equal(found.body.status, 'success');
    assert.deepEqual((await call('POST', url, PAYMENT, key)).body, found.body);
  }
  await app.close();
});
