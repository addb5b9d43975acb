import { metrics } from '@opentelemetry/api';
import { BoundedMap } from '@webstore/service/bounded-map';

/** Newest cases kept: more than a person reads, at about 1 KB each. */
export const MAX_CASES = 1000;

/**
 * An alert in Alertmanager's webhook, version 4.
 * @typedef {object} Alert
 * @property {'firing' | 'resolved'} status
 * @property {string} fingerprint
 * @property {Record<string, string>} labels
 * @property {Record<string, string>} annotations
 * @property {string} [generatorURL]
 */

/**
 * @typedef {object} Case
 * @property {string} id
 * @property {string} fingerprint
 * @property {string} alertname
 * @property {string} severity
 * @property {string} team
 * @property {'open' | 'closed'} status
 * @property {string} summary
 * @property {string} description
 * @property {string} runbook_url
 * @property {string} dashboard_url
 * @property {string} generator_url
 * @property {Record<string, string>} labels
 * @property {string} opened_at RFC 3339
 * @property {string | null} closed_at RFC 3339
 */

/** @typedef {'opened' | 'reopened' | 'closed'} Change */

/** A ticket system with one case for each alert. */
export class Cases {
  /** @type {BoundedMap<string, Case>} by fingerprint, the one opened last at the end */
  #cases = new BoundedMap(MAX_CASES);
  #sequence = 0;

  constructor() {
    metrics
      .getMeter('crm-system')
      .createObservableGauge('crm.cases', { description: 'Cases by status', unit: '{case}' })
      .addCallback((result) => {
        result.observe(this.list('open').length, { status: 'open' });
        result.observe(this.list('closed').length, { status: 'closed' });
      });
  }

  /**
   * Opens, reopens or closes the alert's case. Alertmanager repeats itself, so most calls change nothing.
   * @param {Alert} alert
   * @returns {{ case?: Case, change?: Change }} no case for an alert that is resolved before it was ever reported
   */
  apply(alert) {
    const known = this.#cases.get(alert.fingerprint);
    if (alert.status === 'firing') return this.#open(alert, known);
    if (known?.status !== 'open') return { case: known };
    known.status = 'closed';
    known.closed_at = now();
    return { case: known, change: 'closed' };
  }

  /**
   * @param {Case['status']} [status]
   * @returns {Case[]} newest first
   */
  list(status) {
    return [...this.#cases.values()].filter((one) => !status || one.status === status).reverse();
  }

  /**
   * @param {Alert} alert
   * @param {Case} [known]
   * @returns {{ case: Case, change?: Change }}
   */
  #open(alert, known) {
    if (known?.status === 'open') return { case: Object.assign(known, contents(alert)) };
    /** @type {Case} */
    const opened = {
      id: known?.id ?? `CASE-${++this.#sequence}`,
      status: 'open',
      ...contents(alert),
      opened_at: now(),
      closed_at: null,
    };
    this.#cases.delete(alert.fingerprint); // so that a reopened case goes to the end
    this.#cases.set(alert.fingerprint, opened);
    return { case: opened, change: known ? 'reopened' : 'opened' };
  }
}

const UNSAID = { summary: '', description: '', runbook_url: '', dashboard_url: '' };

/**
 * @param {Alert} alert
 * @returns what a case takes over, an empty text for what the alert does not say
 */
function contents({ fingerprint, labels, annotations, generatorURL = '' }) {
  const { alertname = '', severity = '', team = '' } = labels;
  const { summary, description, runbook_url, dashboard_url } = { ...UNSAID, ...annotations };
  return {
    fingerprint,
    alertname,
    severity,
    team,
    summary,
    description,
    runbook_url,
    dashboard_url,
    generator_url: generatorURL,
    labels,
  };
}

function now() {
  return new Date().toISOString();
}
