import { beforeEach, expect, test, vi } from 'vitest';
import { persisted } from './persisted';

const numbers = (stored: unknown) =>
  Array.isArray(stored) ? stored.filter((value) => typeof value === 'number') : [];

beforeEach(() => localStorage.clear());

test('value outlives a reload', () => {
  persisted('numbers', numbers).set([1, 2]);
  expect(persisted('numbers', numbers).get()).toEqual([1, 2]);
});

test('change by another tab counts at once, and is announced by its event', () => {
  const store = persisted('numbers', numbers);
  const listener = vi.fn();
  const unsubscribe = store.subscribe(listener);
  localStorage.setItem('webstore.numbers', '[3]');
  expect(store.get()).toEqual([3]);
  window.dispatchEvent(new StorageEvent('storage', { key: 'webstore.numbers' }));
  expect(listener).toHaveBeenCalledOnce();
  unsubscribe();
  window.dispatchEvent(new StorageEvent('storage', { key: 'webstore.numbers' }));
  expect(listener).toHaveBeenCalledOnce();
});

test('unchanged value is the same object, as React needs it', () => {
  const store = persisted('numbers', numbers);
  store.set([1]);
  expect(store.get()).toBe(store.get());
});

test.each(['not json', '{"a":1}', 'null'])('stored %s is parsed into a valid value', (raw) => {
  localStorage.setItem('webstore.numbers', raw);
  expect(persisted('numbers', numbers).get()).toEqual([]);
});

test('denied storage leaves the value in memory', () => {
  vi.stubGlobal('localStorage', undefined);
  const store = persisted('numbers', numbers);
  expect(store.get()).toEqual([]);
  store.set([1]);
  expect(store.get()).toEqual([1]);
});

test('full storage leaves the value in memory', () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  const store = persisted('numbers', numbers);
  store.set([1]);
  expect(store.get()).toEqual([1]);
});
