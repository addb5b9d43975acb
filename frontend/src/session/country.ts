/** The country of the shop: the one in the URL or, on pages without one, the last one chosen. */

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

/** The country for a part of a URL, in upper or lower case; undefined for other text. */
export function countryOf(text: string | undefined): Country | undefined {
  return COUNTRIES.find((known) => known === text?.toUpperCase());
}

/** The path of a country's catalogue. */
export const countryPath = (code: Country) => `/${code.toLowerCase()}`;

/** From the region of the browser's language. ISO 3166 has GB for the United Kingdom. */
export function guess(language: string): Country {
  const region = language.split('-').at(-1);
  return region === 'GB' ? 'UK' : (countryOf(region) ?? DEFAULT);
}
