import { useRef, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { ApiError } from '../api/errors';
import { loginPath } from '../session/loginPath';
import type { Action } from '../telemetry/actions';
import { runAction, type ActionName } from './run';

export interface UserAction<Args extends unknown[]> {
  run: (...args: Args) => void;
  isRunning: boolean;
  error: ApiError | null;
}

/**
 * The handler of a click. It ignores clicks while it runs, such as the second one of a double click. An expired session
 * leads to the login page, and back. `work` may return the kind of a failure that it has shown itself. Errors other than
 * the API's are thrown while rendering, so that the error page shows them.
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
  return { run, isRunning, error };
}
