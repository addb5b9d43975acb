import { expect, test, vi } from 'vitest';
import { part, reloadOnce, StaleBuildError } from './staleBuild';

const gone = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));

test('missing chunk has its own error', async () => {
  await expect(part(gone)).rejects.toBeInstanceOf(StaleBuildError);
});

test('page is reloaded once, not in a loop', async () => {
  const reload = vi.fn();
  await part(gone).catch(() => reloadOnce(reload));
  await part(gone).catch(() => reloadOnce(reload));
  expect(reload).toHaveBeenCalledOnce();
});

test('after a part that was loaded, the next deployment may reload again', async () => {
  const reload = vi.fn();
  reloadOnce(reload);
  await part(() => Promise.resolve('loaded'));
  reloadOnce(reload);
  expect(reload).toHaveBeenCalledTimes(2);
});

test('page is not reloaded where that can’t be remembered', () => {
  vi.stubGlobal('sessionStorage', undefined);
  const reload = vi.fn();
  reloadOnce(reload);
  expect(reload).not.toHaveBeenCalled();
});
