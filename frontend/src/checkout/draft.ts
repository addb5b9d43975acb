/** The choices in the checkout form. They survive a reload and a login. */

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

/** In main-service's notation; empty for no coupon. */
export function couponCode(typed: string): string {
  return typed.trim().toUpperCase();
}

/** Accepts main-service's CouponCode and the empty text. */
export const isCouponCode = (code: string) => code === '' || /^[A-Z0-9]{3,32}$/.test(code);

function parse(stored: unknown): Draft {
  const { method, coupon } = (stored ?? {}) as Partial<Record<keyof Draft, unknown>>;
  return {
    method: PAYMENT_METHODS.find((known) => known === method) ?? EMPTY.method,
    coupon: typeof coupon === 'string' ? coupon : '',
  };
}
