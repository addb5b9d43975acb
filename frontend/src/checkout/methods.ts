import type { PaymentMethod } from '../api/types';

export const METHOD_NAMES: Readonly<Record<PaymentMethod, string>> = {
  credit_card: 'Credit card',
  debit_card: 'Debit card',
  paypal: 'PayPal',
};

/** An older order may name a method that the shop no longer has. */
export function methodName(method: string): string {
  return (METHOD_NAMES as Readonly<Record<string, string>>)[method] ?? method;
}
