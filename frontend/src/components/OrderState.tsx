import type { Order } from '../api/types';
import { orderState } from './orderTexts';

export function OrderState({ order }: { order: Order }) {
  const { text, tone } = orderState(order);
  return <span className={`state state-${tone}`}>{text}</span>;
}
