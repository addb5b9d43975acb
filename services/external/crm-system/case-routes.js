import { Cases } from './cases.js';

/** @import { App, Dependencies } from '@webstore/service/server' */
/** @import { Alert, Case } from './cases.js' */

const WEBHOOK_BODY_LIMIT = 1024 * 1024; // Alertmanager sends a whole group of alerts at once

const texts = {
  type: 'object',
  maxProperties: 64,
  additionalProperties: { type: 'string', maxLength: 4096 },
};
const alert = {
  type: 'object',
  required: ['status', 'fingerprint', 'labels', 'annotations'],
  properties: {
    status: { enum: ['firing', 'resolved'] },
    fingerprint: { type: 'string', minLength: 1, maxLength: 64 },
    labels: texts,
    annotations: texts,
    generatorURL: { type: 'string', maxLength: 4096 },
  },
};
const webhook = {
  type: 'object',
  required: ['version', 'alerts'],
  properties: { version: { const: '4' }, alerts: { type: 'array', items: alert } },
};
const filter = { type: 'object', properties: { status: { enum: ['open', 'closed'] } } };

/**
 * A ticket system for Alertmanager. The simulated behaviour leaves it alone: alerts must arrive.
 * @param {App} app
 * @param {Pick<Dependencies, 'record'>} dependencies
 */
export function caseRoutes(app, { record }) {
  const cases = new Cases();

  const receive = { schema: { body: webhook }, bodyLimit: WEBHOOK_BODY_LIMIT };
  app.post('/api/cases', receive, async (request) => {
    const { alerts } = /** @type {{ alerts: Alert[] }} */ (request.body);
    const results = alerts.map((alert) => cases.apply(alert));
    const ids = results.flatMap((result) => result.case?.id ?? []);
    record(request, 'cases.received', 'Alerts received', { 'alert.count': alerts.length });
    for (const { case: changed, change } of results) {
      if (changed && change) record(request, `case.${change}`, `Case ${change}`, caseAttributes(changed));
    }
    return { cases: ids };
  });

  app.get('/api/cases', { schema: { querystring: filter } }, async (request) => {
    const { status } = /** @type {{ status?: Case['status'] }} */ (request.query);
    const found = cases.list(status);
    record(request, 'cases.listed', 'Cases listed', { 'case.count': found.length });
    return { cases: found };
  });
}

/** @param {Case} changed */
function caseAttributes({ id, fingerprint, alertname, severity, team }) {
  return {
    'case.id': id,
    'alert.fingerprint': fingerprint,
    'alert.name': alertname,
    'alert.severity': severity,
    'alert.team': team,
  };
}
