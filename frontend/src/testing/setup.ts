import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { serverCart } from '../cart/serverCart';
import { dismissNotice } from '../components/notices';

// The machine may be busy with other suites.
configure({ asyncUtilTimeout: 10_000 });

// jsdom has none, and vitest's `vmThreads` do not expose Node's: taken from a response.
globalThis.ReadableStream ??= new Response(' ').body?.constructor as typeof ReadableStream;

/** Each test starts with an empty browser storage and no login. */
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
  serverCart.forget();
  dismissNotice();
});
