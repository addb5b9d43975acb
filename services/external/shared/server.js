import { context, trace } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import fastify from 'fastify';
import { adminRoutes } from './admin.js';
import { Behaviour } from './behaviour.js';
import { Problem, toProblem } from './problems.js';
import { Refusal } from './refusal.js';
import { exceptionAttributes, recordOutcome, requestAttributes } from './telemetry/outcome.js';

/** @import { Attributes } from '@opentelemetry/api' */
/** @import { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify' */
/** @import { Logger } from 'pino' */
/** @import { BehaviourDefaults } from './behaviour.js' */

const ajv = {
  customOptions: {
    $data: true, // a schema may compare two members
    allErrors: true, // a caller sees all faults at once; the body limit bounds the work
    allowUnionTypes: true,
    coerceTypes: false, // "5" is not 5
    multipleOfPrecision: 6, // amounts of two decimals in spite of binary fractions
    removeAdditional: false,
  },
};

/** @typedef {FastifyInstance} App */

/**
 * The module that makes up a third party.
 * @typedef {object} Service
 * @property {BehaviourDefaults} defaults
 * @property {(app: App, dependencies: Dependencies) => void} routes
 */

/**
 * What a third party's routes are built from.
 * @typedef {object} Dependencies
 * @property {Behaviour} behaviour
 * @property {Recorder} record
 * @property {number} seed of random data other than the behaviour
 */

/**
 * Writes the log line of a business request; its span gets the same.
 * @callback Recorder
 * @param {FastifyRequest} request that has been validated
 * @param {string} event
 * @param {string} message
 * @param {Attributes} [attributes] beside those of the request
 */

/**
 * A third party's server: its routes with health, admin and error answers.
 * @param {Service} service
 * @param {{ logger: Logger, seed: number }} options
 * @returns {App}
 */
export function createServer({ defaults, routes }, { logger, seed }) {
  const behaviour = new Behaviour(defaults, seed);
  /** @type {Recorder} */
  const record = (request, event, message, attributes) =>
    recordOutcome(logger, event, message, { ...requestAttributes(request), ...attributes });
  const answerError = errorHandler(logger, record);
  const app = fastify({
    ajv,
    bodyLimit: 64 * 1024,
    frameworkErrors: answerError,
    requestTimeout: 10_000, // for receiving a request, against clients that trickle
    routerOptions: { maxParamLength: 3 * 255 }, // an idempotency key, percent-encoded
  });
  const refuseOtherMethods = watchMethods(app);
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request) => nameServerSpan(request));
  app.addHook('onSend', async (_request, reply) => {
    if (!app.server.listening) reply.header('connection', 'close'); // an idle connection would hold up the stop
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw new Problem('not-found');
  });
  app.get('/health', async () => ({ status: 'healthy' }));
  adminRoutes(app, { behaviour, logger });
  routes(app, { behaviour, record, seed });
  refuseOtherMethods();
  return app;
}

/**
 * Tells the HTTP instrumentation the route, which it makes the span's name and the metric's http.route.
 * @param {FastifyRequest} request
 */
function nameServerSpan(request) {
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type !== RPCType.HTTP) return;
  metadata.route = request.routeOptions.url?.replace(/:(\w+)/g, '{$1}'); // parameters as other frameworks write them
}

/**
 * Fastify answers 404 where a route exists for other methods only; this makes it 405.
 * @param {App} app
 * @returns {() => void} to be called when all routes are there
 */
function watchMethods(app) {
  /** @type {Map<string, string[]>} */
  const methodsByUrl = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    methodsByUrl.set(url, [...(methodsByUrl.get(url) ?? []), method].flat());
  });
  return () => {
    for (const [url, allowed] of [...methodsByUrl]) {
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !allowed.includes(method)),
        handler: (_request, reply) => {
          reply.header('allow', allowed.join(', '));
          throw new Problem('method-not-allowed');
        },
      });
    }
  };
}

/**
 * @param {Logger} logger
 * @param {Recorder} record
 */
function errorHandler(logger, record) {
  /**
   * @param {Error} error
   * @param {FastifyRequest} request
   * @param {FastifyReply} reply
   */
  return (error, request, reply) => {
    if (error instanceof Refusal) {
      const attributes = { ...error.attributes, 'http.response.status_code': error.status };
      record(request, error.event, error.message, attributes);
      return reply.code(error.status).send(error.body);
    }
    const problem = toProblem(error);
    recordProblem(logger, problem, error);
    return reply
      .code(problem.status)
      .type('application/problem+json')
      .serializer(JSON.stringify) // Fastify's own adds a charset, which the type does not have
      .send(problem.document());
  };
}

/**
 * Shows nothing of the request, as it may not have been validated.
 * @param {Logger} logger
 * @param {Problem} problem
 * @param {Error} cause
 */
function recordProblem(logger, problem, cause) {
  if (problem.status < 500) {
    const attributes = { 'http.response.status_code': problem.status, 'error.type': problem.name };
    return recordOutcome(logger, 'request.rejected', problem.message, attributes);
  }
  trace.getActiveSpan()?.recordException(cause);
  logger.error({ 'event.name': 'request.crashed', ...exceptionAttributes(cause) }, cause.message);
}
