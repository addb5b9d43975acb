import pino from 'pino';
import { createServer } from '@webstore/service/server';

/** @import { BehaviourSettings } from '@webstore/service/behaviour' */
/** @import { Service } from '@webstore/service/server' */

export const SEED = 42;
const QUIET = { latency_ms: { min: 0, max: 0 }, failure_rate: 0, failure_rate_by_country: {} };

/**
 * A third party without latency and failures, and a short way to call it.
 * @param {Service} service
 */
export async function createApp(service) {
  const app = createServer(service, { logger: pino({ level: 'silent' }), seed: SEED });

  /**
   * @param {'GET' | 'POST' | 'PUT'} method
   * @param {string} url
   * @param {object} [payload]
   * @param {string} [key] of idempotency
   */
  async function call(method, url, payload, key) {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const response = await app.inject({ method, url, payload, headers });
    return { status: response.statusCode, type: response.headers['content-type'], body: response.json() };
  }

  /** @param {Partial<BehaviourSettings>} settings beside no latency and no failures */
  const behave = (settings) => call('PUT', '/admin/behaviour', { ...QUIET, ...settings });
  await behave({});
  return { app, call, behave };
}
