/** Where the user shops: the country in the URL, and on pages without one the last that was chosen. */

import { COUNTRIES, type Country } from '../api/types';
import { persisted } from '../storage/persisted';

const DEFAULT: Country = 'US';

export const COUNTRY_NAMES: Readonly<Record<Country, string>> = {
  US: 'United States',
  UK: 'United Kingdom',
  DE: 'Germany',
  FR: 'France',
  JP: 'Japan',
  BR: 'Brazil',
  IN: 'India',
};

export const country = persisted<Country>('country', (stored) =>
  typeof stored === 'string' ? (countryOf(stored) ?? DEFAULT) : guess(navigator.language),
);

/** The country that a part of a URL names, in either case; undefined for any other text. */
export function countryOf(text: string | undefined): Country | undefined {
  return COUNTRIES.find((known) => known === text?.toUpperCase());
}

/** Where the shop's countries are in its URLs. */
export const countryPath = (code: Country) => `/${code.toLowerCase()}`;

/** By the region of the browser's language; ISO 3166 calls the United Kingdom GB. */
export function guess(language: string): Country {
  const region = language.split('-').at(-1);
  return region === 'GB' ? 'UK' : (countryOf(region) ?? DEFAULT);
}
