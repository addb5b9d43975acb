/** Order states and delivery times as text. */

import type { Order, OrderLine, OrderStatus } from '../api/types';

export type Tone = 'good' | 'bad' | 'open';

interface State {
  text: string;
  /** `open`: the state will change. */
  tone: Tone;
}

const STATES: Readonly<Record<OrderStatus, State>> = {
  pending: { text: 'Being processed', tone: 'open' },
  authorised: { text: 'Being processed', tone: 'open' },
  confirmed: { text: 'Confirmed', tone: 'good' },
  declined: { text: 'Payment declined', tone: 'bad' },
  failed: { text: 'Failed, not charged', tone: 'bad' },
  cancelling: { text: 'Being cancelled', tone: 'open' },
  cancelled: { text: 'Cancelled, refunded', tone: 'bad' },
};

export function orderState(order: Pick<Order, 'status' | 'fulfilment'>): State {
  if (order.status === 'confirmed' && order.fulfilment === 'delayed')
    return { text: 'Confirmed, delayed', tone: 'open' };
  return STATES[order.status];
}

export function deliveryText(line: Pick<OrderLine, 'reserved' | 'fulfillment_days'>): string {
  if (!line.reserved) return 'Not reserved';
  if (line.fulfillment_days === null) return 'Reserved';
  return line.fulfillment_days === 1 ? 'Ships within 1 day' : `Ships within ${line.fulfillment_days} days`;
}
