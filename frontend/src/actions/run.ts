/** Runs the work of a user action within its trace. */

import { redirect } from 'react-router';
import { ApiError } from '../api/errors';
import { loadCartOnce } from '../cart/cart';
import { loginPath } from '../session/loginPath';
import { inMemory } from '../storage/persisted';
import { startAction, type Action } from '../telemetry/actions';

export type ActionName =
  | 'shop.open_page'
  | 'shop.add_to_cart'
  | 'shop.change_quantity'
  | 'shop.remove_item'
  | 'shop.sign_in'
  | 'shop.sign_out'
  | 'shop.apply_coupon'
  | 'shop.checkout';

/** The trace ID of the user's last action, at first empty. Linked by the footer and by errors that have no trace. */
export const lastTrace = inMemory('');

/** `failureOf` returns the kind of failure for a result that stands for one, else undefined. */
export async function runAction<T>(
  name: ActionName,
  work: (action: Action) => Promise<T>,
  failureOf: (result: T) => string | undefined = () => undefined,
): Promise<T> {
  const action = startAction(name);
  lastTrace.set(action.traceId);
  try {
    const result = await work(action);
    action.end(failureOf(result));
    return result;
  } catch (error) {
    action.end(error instanceof ApiError ? error.failure : asError(error));
    throw error;
  }
}

/** Redirects and 404 responses are thrown too, but they are not failures. */
function asError(thrown: unknown): Error | undefined {
  return thrown instanceof Error ? thrown : undefined;
}

/**
 * Loads a page's data in a route's loader. The cart for the header is loaded in the same action, but the page does not
 * wait for it or fail with it.
 */
export async function openPage<T>(load: (action: Action) => Promise<T>): Promise<T> {
  let page: Promise<T> | undefined;
  const whole = runAction('shop.open_page', async (action) => {
    page = load(action);
    await Promise.all([page, loadCartOnce(action).catch(() => undefined)]);
  });
  // The caller gets the same error from `page`.
  whole.catch(() => undefined);
  return page as Promise<T>;
}

/** As `openPage`, for a page that needs a login. Redirects to the login page if there is none or it has expired. */
export async function openOwnPage<T>(
  request: Request,
  isSignedIn: boolean,
  load: (action: Action) => Promise<T>,
): Promise<T> {
  const login = () => redirect(loginPath(new URL(request.url)));
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- React Router's way to leave a loader
  if (!isSignedIn) throw login();
  try {
    return await openPage(load);
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- React Router's way to leave a loader
    if (error instanceof ApiError && error.isSignedOut) throw login();
    throw error;
  }
}
