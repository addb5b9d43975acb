/** Amounts and dates as people in the chosen country write them; the interface itself is in English. */

import type { Country } from '../api/types';

const LOCALES: Readonly<Record<Country, string>> = {
  US: 'en-US',
  UK: 'en-GB',
  DE: 'de-DE',
  FR: 'fr-FR',
  JP: 'ja-JP',
  BR: 'pt-BR',
  IN: 'en-IN',
};

/** The shop charges US dollars everywhere. */
export function price(amount: number, country: Country): string {
  return new Intl.NumberFormat(LOCALES[country], { style: 'currency', currency: 'USD' }).format(amount);
}

/** With the time: two orders of one day are told apart by it. Empty for text that is no date. */
export function dateTime(iso: string, country: Country): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(LOCALES[country], { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** The sum of amounts without the errors of binary fractions. */
export function sum(amounts: readonly number[]): number {
  return amounts.reduce((cents, amount) => cents + Math.round(amount * 100), 0) / 100;
}
