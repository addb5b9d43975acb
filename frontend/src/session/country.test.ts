import { expect, test } from 'vitest';
import { countryOf, countryPath, guess } from './country';

test.each([
  ['us', 'US'],
  ['UK', 'UK'],
  ['xx', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j in a URL is %j', (text, code) => {
  expect(countryOf(text)).toBe(code);
});

test('URL of a country is in lower case', () => {
  expect(countryPath('DE')).toBe('/de');
});

test.each([
  ['en-GB', 'UK'],
  ['pt-BR', 'BR'],
  ['de', 'DE'],
  ['sv-SE', 'US'],
])('browser in %s begins in %s', (language, code) => {
  expect(guess(language)).toBe(code);
});
