import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { serverCart } from '../cart/serverCart';
import { dismissNotice } from '../components/notices';

// For a machine that is busy with other suites.
configure({ asyncUtilTimeout: 10_000 });

// The one of `fetch`: jsdom has none, and vitest's `vmThreads` do not hand Node's on.
globalThis.ReadableStream ??= new Response(' ').body?.constructor as typeof ReadableStream;

/** Each test begins as a visitor with a new browser. */
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
  serverCart.forget();
  dismissNotice();
});
