/** What a user reads about an error. */

import type { ApiError } from './errors';

export interface Description {
  title: string;
  text: string;
  /** The same request may succeed later. */
  canRetry: boolean;
}

export function describe(error: ApiError): Description {
  if (error.status === 429) return TOO_MANY;
  if (error.kind === 'network') return UNREACHABLE;
  if (error.kind === 'timeout') return TIMED_OUT;
  if (error.status >= 500 || error.kind === 'unreadable') return UNAVAILABLE;
  return { title: TITLES[error.problem] ?? 'That did not work', text: error.detail, canRetry: false };
}

const TOO_MANY: Description = {
  title: 'Too many requests',
  text: 'The shop limits how often it can be asked. Please wait a moment.',
  canRetry: true,
};
const UNREACHABLE: Description = {
  title: 'The shop can’t be reached',
  text: 'Check your network connection, then try again.',
  canRetry: true,
};
const TIMED_OUT: Description = {
  title: 'The shop did not respond in time',
  text: 'It may be busy. Please try again.',
  canRetry: true,
};
const UNAVAILABLE: Description = {
  title: 'The shop is not available at the moment',
  text: 'Something is wrong on our side. Please try again in a moment.',
  canRetry: true,
};

const TITLES: Readonly<Record<string, string>> = {
  'not-found': 'Not found',
  'not-authenticated': 'Please log in',
  'cart-line-full': 'Your cart is full',
  'cart-empty': 'Your cart is empty',
  'validation-failed': 'Please check what you entered',
};
