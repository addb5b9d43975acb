import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { serverCart } from '../cart/serverCart';
import { dismissNotice } from '../components/notices';

/** Each test begins as a visitor with a new browser. */
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
  serverCart.forget();
  dismissNotice();
});
