import { createHash } from 'node:crypto';
import { metrics } from '@opentelemetry/api';
import { IdempotentCalls } from '@webstore/service/idempotency';

/** @import { Simulate } from '@webstore/service/behaviour' */

/** @typedef {{ user_id: string, order_id: string | number, country: string }} Order */

/** Records of customers' orders and data. Only the answers are kept, for as long as their keys are remembered. */
export class Customers {
  /** @type {IdempotentCalls<{ customer_id: string, order_id: string | number, recorded_at: string }>} */
  #orders = new IdempotentCalls();
  #counter = metrics.getMeter('crm-system').createCounter('crm.records', {
    description: 'Calls to record an order or update a customer, by outcome',
    unit: '{record}',
  });

  /**
   * @param {Order} order
   * @param {string | undefined} key without one the order is recorded at each call
   * @param {Simulate} simulate
   */
  async recordOrder(order, key, simulate) {
    const execute = async () => {
      await this.#counted('order', simulate(true));
      return { customer_id: customerId(order.user_id), order_id: order.order_id, recorded_at: now() };
    };
    if (key === undefined) return execute();
    return this.#orders.run(key, order, execute, () => simulate(false));
  }

  /**
   * @param {string} userId
   * @param {Simulate} simulate
   */
  async update(userId, simulate) {
    await this.#counted('update', simulate(true));
    return { customer_id: customerId(userId), updated_at: now() };
  }

  /**
   * @param {'order' | 'update'} operation
   * @param {Promise<void>} attempt
   */
  async #counted(operation, attempt) {
    let status = 'error';
    try {
      await attempt;
      status = 'success';
    } finally {
      this.#counter.add(1, { operation, status });
    }
  }
}

/**
 * @param {string} userId
 * @returns {string} always the same for a user
 */
function customerId(userId) {
  return `CUST-${createHash('sha256').update(userId).digest('hex').slice(0, 12)}`;
}

function now() {
  return new Date().toISOString();
}
