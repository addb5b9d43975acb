/** Prices and dates in the notation of the chosen country. The text of the shop is English. */

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

/** Date and time; empty for text that is not a date. */
export function dateTime(iso: string, country: Country): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(LOCALES[country], { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** Adds dollar amounts in cents, to avoid rounding errors. */
export function sum(amounts: readonly number[]): number {
  return amounts.reduce((cents, amount) => cents + Math.round(amount * 100), 0) / 100;
}
