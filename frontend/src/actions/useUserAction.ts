import { useCallback, useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { ApiError } from '../api/errors';
import { loginPath } from '../session/loginPath';
import type { Action } from '../telemetry/actions';
import { runAction, type ActionName } from './run';

export interface UserAction<Args extends unknown[]> {
  run: (...args: Args) => void;
  isRunning: boolean;
  error: ApiError | null;
  clearError: () => void;
}

/**
 * The handler of a click. One at a time: the second click of a double click does nothing. A login that has ended leads
 * to the login page, and back. `work` may return a word for a failure that it has shown itself. Any error but the API's is thrown while rendering, so the error page shows it.
 */
export function useUserAction<Args extends unknown[]>(
  name: ActionName,
  work: (action: Action, ...args: Args) => Promise<string | void>,
): UserAction<Args> {
  const isBusy = useRef(false);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [unexpected, setUnexpected] = useState<{ error: unknown } | null>(null);
  const navigate = useNavigate();
  const location = useLocation();
  if (unexpected) throw unexpected.error;

  const run = (...args: Args) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setRunning(true);
    setError(null);
    runAction(
      name,
      (action) => work(action, ...args),
      (failure) => failure ?? undefined,
    )
      .catch((failure: unknown) => {
        if (!(failure instanceof ApiError)) setUnexpected({ error: failure });
        else if (failure.isSignedOut && name !== 'shop.sign_in') void navigate(loginPath(location));
        else setError(failure);
      })
      .finally(() => {
        isBusy.current = false;
        setRunning(false);
      });
  };
  return { run, isRunning, error, clearError: useCallback(() => setError(null), []) };
}
