/** What the user has chosen so far: kept over a reload and over a login in between. */

import { PAYMENT_METHODS, type PaymentMethod } from '../api/types';
import { persisted } from '../storage/persisted';

export interface Draft {
  method: PaymentMethod;
  /** As typed. */
  coupon: string;
}

const EMPTY: Draft = { method: 'credit_card', coupon: '' };

const store = persisted<Draft>('draft', parse);

export const draft = {
  ...store,
  change(part: Partial<Draft>): void {
    store.set({ ...store.get(), ...part });
  },
  clear(): void {
    store.set(EMPTY);
  },
};

/** As main-service wants it; empty for no coupon. */
export function couponCode(typed: string): string {
  return typed.trim().toUpperCase();
}

/** main-service's CouponCode, or no coupon. */
export const isCouponCode = (code: string) => code === '' || /^[A-Z0-9]{3,32}$/.test(code);

function parse(stored: unknown): Draft {
  const { method, coupon } = (stored ?? {}) as Partial<Record<keyof Draft, unknown>>;
  return {
    method: PAYMENT_METHODS.find((known) => known === method) ?? EMPTY.method,
    coupon: typeof coupon === 'string' ? coupon : '',
  };
}
