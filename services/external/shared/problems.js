import { trace } from '@opentelemetry/api';

/** @import { FastifySchemaValidationError } from 'fastify' */

/** Names of problems with their status and title. */
const PROBLEMS = {
  'malformed-request': [400, 'Malformed request'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  'payload-too-large': [413, 'Payload too large'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'validation-failed': [422, 'Validation failed'],
  'idempotency-conflict': [422, 'Idempotency key was used with another request'],
  'internal-error': [500, 'Internal error'],
};

/** @typedef {keyof typeof PROBLEMS} ProblemName */

/** An error that is answered with a problem document (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {ProblemName} name
   * @param {string} [detail]
   * @param {Record<string, unknown>} [extensions] further members of the document
   */
  constructor(name, detail, extensions) {
    const [status, title] = PROBLEMS[name];
    super(detail ?? String(title));
    this.name = name;
    this.status = Number(status);
    this.title = title;
    this.extensions = extensions;
  }

  /** @returns the problem document */
  document() {
    return {
      type: `urn:webstore:problem:${this.name}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      trace_id: trace.getActiveSpan()?.spanContext().traceId,
      ...this.extensions,
    };
  }
}

/**
 * @param {Error & { statusCode?: number, validation?: FastifySchemaValidationError[] }} error
 *   thrown by Fastify or a handler
 * @returns {Problem}
 */
export function toProblem(error) {
  if (error instanceof Problem) return error;
  if (error.validation) return validationProblem(error.validation);
  if (error.statusCode === 413) return new Problem('payload-too-large');
  if (error.statusCode === 415) return new Problem('unsupported-media-type');
  if (error.statusCode === 400) return new Problem('malformed-request', error.message);
  return new Problem('internal-error');
}

/** @param {FastifySchemaValidationError[]} faults */
function validationProblem(faults) {
  const errors = faults.map(({ instancePath, params, message }) => ({
    field: [...instancePath.split('/').slice(1), params.missingProperty ?? params.additionalProperty ?? []]
      .flat()
      .join('.'),
    message,
  }));
  return new Problem('validation-failed', `${errors[0].field}: ${errors[0].message}`, { errors });
}
