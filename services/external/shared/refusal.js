/** @import { Attributes } from '@opentelemetry/api' */

/**
 * An error answer in the third party's own form, {"error": …, "status": …}: a simulated failure, or a business
 * outcome such as sold out. Faults of the request and of the program are problems instead.
 */
export class Refusal extends Error {
  /**
   * @param {number} status of the HTTP response
   * @param {string} message
   * @param {object} outcome
   * @param {string} outcome.event name of the log event
   * @param {{ status: string } & Record<string, unknown>} outcome.body members beside "error"
   * @param {Attributes} [outcome.attributes] of the log line, beside those of the request
   */
  constructor(status, message, { event, body, attributes }) {
    super(message);
    this.status = status;
    this.event = event;
    this.body = { error: message, ...body };
    this.attributes = attributes;
  }
}
