import { expect, test } from 'vitest';
import { dateTime, price, sum } from './format';

/** Intl writes several kinds of spaces. */
const plain = (text: string) => text.replace(/\s/g, ' ');

test.each([
  ['US', '$1,399.97'],
  ['UK', 'US$1,399.97'],
  ['DE', '1.399,97 $'],
  ['FR', '1 399,97 $US'],
  ['JP', '$1,399.97'],
  ['BR', 'US$ 1.399,97'],
  ['IN', '$1,399.97'],
] as const)('price is in US dollars as written in %s', (country, expected) => {
  expect(plain(price(1399.97, country))).toBe(expected);
});

test('sum has no errors of binary fractions', () => {
  expect(sum([0.1, 0.2])).toBe(0.3);
  expect(sum(Array.from({ length: 1000 }, () => 29.99))).toBe(29990);
});

test('date is written as in the country', () => {
  expect(plain(dateTime('2026-11-28T10:00:00Z', 'US'))).toContain('Nov 28, 2026');
  expect(dateTime('2026-11-28T10:00:00Z', 'DE')).toContain('28.11.2026');
});

test('text that is no date is left out', () => {
  expect(dateTime('soon', 'US')).toBe('');
});
