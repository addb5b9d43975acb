/** Stores for values that survive a reload and are shared by all tabs, where the browser allows it. */

export interface Store<T> {
  get: () => T;
  set: (value: T) => void;
  /** The listener is called after each change, also by another tab. Returns a function that unsubscribes it. */
  subscribe: (listener: () => void) => () => void;
}

const PREFIX = 'webstore.';

/**
 * A store in localStorage. If storage is denied or full, the value stays in memory until the page is closed.
 *
 * `parse` must accept any JSON value, which another version of the shop may have written, and undefined for nothing.
 */
export function persisted<T>(name: string, parse: (stored: unknown) => T): Store<T> {
  const key = PREFIX + name;
  const listeners = new Set<() => void>();
  const notify = () => listeners.forEach((listener) => listener());
  let memory: string | null = null;
  let inMemory = false;
  let cached: { raw: string | null; value: T } | undefined;

  const read = () => (inMemory ? memory : stored(key));
  window.addEventListener('storage', (event) => {
    // A null key is `localStorage.clear()`.
    if (event.key === key || event.key === null) notify();
  });

  return {
    // Reads the storage each time, because the event of another tab's change arrives later than the change.
    get() {
      const raw = read();
      cached = cached && cached.raw === raw ? cached : { raw, value: parse(json(raw)) };
      return cached.value;
    },
    set(value) {
      memory = JSON.stringify(value);
      inMemory = !write(key, memory);
      notify();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A store with the same interface for values that only this page needs. */
export function inMemory<T>(initial: T): Store<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(value) {
      current = value;
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** If storage is denied, even the getter of `localStorage` throws. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

function json(raw: string | null): unknown {
  try {
    return raw === null ? undefined : JSON.parse(raw);
  } catch {
    return undefined;
  }
}
