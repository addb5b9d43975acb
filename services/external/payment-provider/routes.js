import { randomUUID } from 'node:crypto';
import { idempotencyKey } from '@webstore/service/idempotency';
import { Problem } from '@webstore/service/problems';
import { Refusal } from '@webstore/service/refusal';
import * as schemas from '@webstore/service/schemas';
import { LOSSES, loseAnswer } from './answer-loss.js';
import { Books } from './books.js';
import { present, Transactions } from './transactions.js';

/** @import { App, Dependencies } from '@webstore/service/server' */
/** @import { Payment, Transaction } from './transactions.js' */

const charge = {
  headers: schemas.idempotencyHeaders,
  body: schemas.body({
    amount: { ...schemas.amount, exclusiveMinimum: 0 },
    currency: { const: 'USD' },
    country: schemas.country,
    payment_method: { enum: ['credit_card', 'debit_card', 'paypal'] },
  }),
};
const byKey = { params: schemas.keyParams };
const report = {
  querystring: {
    type: 'object',
    properties: {
      limit: { type: 'string', pattern: '^([1-9][0-9]?|[1-4][0-9][0-9]|500)$' },
      after: schemas.key,
    },
  },
};

/** @typedef {{ key: string }} ByKey */
/** @typedef {{ limit?: string, after?: string }} Page */

/**
 * @param {App} app
 * @param {Dependencies} dependencies
 */
export function routes(app, { behaviour, record }) {
  const books = new Books(process.env.DATA_DIRECTORY);
  const transactions = new Transactions(books);
  app.addHook('onReady', () => books.open());
  app.addHook('onClose', () => books.close());

  app.post('/api/payment/process', { schema: charge }, async (request, reply) => {
    const payment = /** @type {Payment} */ (request.body);
    const key = idempotencyKey(request) ?? randomUUID();
    const loss = behaviour.answerLoss(LOSSES);
    const transaction = await transactions.process(key, payment, (failures) =>
      behaviour.simulate({ operation: 'process', country: payment.country, failures }),
    );
    if (loss) return loseAnswer(reply, loss, attributes(transaction));
    if (transaction.status !== 'success') throw refusal(transaction);
    record(request, 'payment.processed', 'Payment processed', attributes(transaction));
    return present(transaction);
  });

  app.get('/api/payment/transactions', { schema: report }, async (request) => {
    const { limit = '100', after } = /** @type {Page} */ (request.query);
    await behaviour.simulate({ operation: 'report', failures: false });
    const page = await books.page(Number(limit), after);
    record(request, 'payment.reported', 'Transactions reported', { 'payment.transactions': page.length });
    return {
      transactions: page.map(([key, entry]) => ({
        idempotency_key: key,
        ...present(entry),
        error: undefined,
      })),
      next_after: page.length < Number(limit) ? null : page.at(-1)?.[0],
    };
  });

  app.get('/api/payment/transactions/:key', { schema: byKey }, async (request) => {
    const { key } = /** @type {ByKey} */ (request.params);
    await behaviour.simulate({ operation: 'lookup', failures: false });
    const transaction = await transactions.find(key);
    if (!transaction) throw new Problem('not-found', 'Nothing was charged under this key');
    record(request, 'payment.looked_up', 'Payment looked up', attributes(transaction));
    return present(transaction);
  });

  app.post('/api/payment/transactions/:key/void', { schema: byKey }, async (request) => {
    const { key } = /** @type {ByKey} */ (request.params);
    await behaviour.simulate({ operation: 'void', failures: false });
    const transaction = await transactions.void(key);
    record(request, 'payment.voided', 'Payment voided', attributes(transaction));
    return { status: transaction.status, transaction_id: transaction.id };
  });
}

/** @param {Transaction} transaction declined or voided */
function refusal(transaction) {
  const { status, decline } = transaction;
  if (status === 'declined' && decline) {
    return new Refusal(decline.status, decline.message, {
      event: 'payment.declined',
      body: { status: 'failed' },
      attributes: attributes(transaction),
    });
  }
  return new Refusal(409, 'Transaction voided', {
    event: 'payment.refused',
    body: { status: 'voided' },
    attributes: attributes(transaction),
  });
}

/** @param {Transaction} transaction */
function attributes({ id, status }) {
  return { 'payment.transaction_id': id, 'payment.status': status };
}
