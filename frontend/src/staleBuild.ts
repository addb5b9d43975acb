/** A tab from before a deployment requests chunks that no longer exist. */

export class StaleBuildError extends Error {
  constructor(cause: unknown) {
    super('A part of the shop could not be loaded.', { cause });
  }
}

const RELOADED = 'webstore.reloaded';

/** `load` imports a chunk. Raises StaleBuildError. */
export async function part<T>(load: () => Promise<T>): Promise<T> {
  try {
    const loaded = await load();
    remember(null);
    return loaded;
  } catch (cause) {
    throw new StaleBuildError(cause);
  }
}

/** Reloads the page to get the current build. Not twice in a row, and not if that can't be stored. */
export function reloadOnce(reload = () => location.reload()): void {
  if (!hasReloaded() && remember('yes')) reload();
}

function hasReloaded(): boolean {
  try {
    return sessionStorage.getItem(RELOADED) !== null;
  } catch {
    return true;
  }
}

function remember(value: string | null): boolean {
  try {
    if (value === null) sessionStorage.removeItem(RELOADED);
    else sessionStorage.setItem(RELOADED, value);
    return true;
  } catch {
    return false;
  }
}
