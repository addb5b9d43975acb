import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProcess } from '@webstore/service/tests/support/process';

const PAYMENT = { amount: 12.5, currency: 'USD', country: 'US', payment_method: 'paypal' };
// Under seed 3 the first loss is silence.
const SILENCE = { latency_ms: { min: 0, max: 0 }, failure_rate_by_country: {}, answer_loss_rate: 1, seed: 3 };

// In a file of its own: it only waits, which it can do beside the others.
test('without an answer the connection is closed after 10 s, and the charge is in the books', async (t) => {
  const provider = await startProcess(t, 'payment-provider', { OTEL_SDK_DISABLED: 'true' });
  await provider.call('PUT', '/admin/behaviour', { ...SILENCE, failure_rate: 0 });
  const start = performance.now();
  await assert.rejects(
    provider.call('POST', '/api/payment/process', PAYMENT, { 'idempotency-key': 'silence' }),
  );
  const waited = performance.now() - start;
  assert.ok(waited > 9900 && waited < 15_000, `${waited} ms`);
  assert.equal((await provider.call('GET', '/api/payment/transactions/silence')).body.status, 'success');
});
