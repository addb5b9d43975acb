import { MAX_SEED } from './config.js';

/** @import { FastifyInstance } from 'fastify' */
/** @import { Logger } from 'pino' */
/** @import { Behaviour, BehaviourSettings, Range } from './behaviour.js' */

const MAX_LATENCY_MS = 60_000; // longer than any caller's time-out

const rate = { type: 'number', minimum: 0, maximum: 1 };
const range = {
  type: 'object',
  additionalProperties: false,
  required: ['min', 'max'],
  properties: {
    min: { type: 'integer', minimum: 0, maximum: MAX_LATENCY_MS },
    max: { type: 'integer', minimum: { $data: '1/min' }, maximum: MAX_LATENCY_MS },
  },
};
const error = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'message'],
  properties: {
    status: { type: 'integer', minimum: 400, maximum: 599 },
    message: { type: 'string', minLength: 1, maxLength: 200 },
  },
};

/** @param {BehaviourSettings} settings the defaults: only what they name can be set */
function settingsSchema(settings) {
  const operations = Object.keys(settings.latency_ms).filter((name) => !(name in range.properties));
  const ownRanges = Object.fromEntries(operations.map((operation) => [operation, range]));
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      latency_ms: { ...range, properties: { ...range.properties, ...ownRanges } },
      failure_rate: rate,
      failure_rate_by_country: {
        type: 'object',
        additionalProperties: rate,
        maxProperties: 300,
        propertyNames: { maxLength: 16 },
      },
      errors: { type: 'array', items: error, minItems: 1, maxItems: 20 },
      outage: { type: 'boolean' },
      seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
      ...('answer_loss_rate' in settings && { answer_loss_rate: rate }),
    },
  };
}

/**
 * Lets an operator see and change the behaviour; not itself subject to it.
 * @param {FastifyInstance} app
 * @param {{ behaviour: Behaviour, logger: Logger }} dependencies
 */
export function adminRoutes(app, { behaviour, logger }) {
  const schema = { body: settingsSchema(behaviour.settings) };

  app.get('/admin/behaviour', async () => behaviour.settings);

  app.put('/admin/behaviour', { schema }, async (request) => {
    behaviour.replace(/** @type {Partial<BehaviourSettings>} */ (request.body));
    const { outage, seed } = behaviour.settings;
    logger.info(
      { 'event.name': 'behaviour.changed', 'behaviour.outage': outage, 'random.seed': seed },
      'Behaviour changed',
    );
    return behaviour.settings;
  });
}
