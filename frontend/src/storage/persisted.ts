/** Values that outlive a reload and are shared by all tabs, where the browser allows it. */

export interface Store<T> {
  get: () => T;
  set: (value: T) => void;
  /** Called after each change, also by another tab. Returns the function that ends it. */
  subscribe: (listener: () => void) => () => void;
}

const PREFIX = 'webstore.';

/**
 * A store in localStorage. With storage denied or full, the value lives in memory until the page is closed: the shop
 * works, it only forgets.
 *
 * `parse` gets whatever is stored, undefined for nothing: another version of the shop, or a person, may have written it.
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
    // Reads the storage each time: a change by another tab counts at once, its event comes later.
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

/** The same interface for a value that nothing but this page needs. */
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

/** Even the getter of `localStorage` throws where storage is denied. */
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
