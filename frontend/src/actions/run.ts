/** A user's action around the work that it starts. */

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

/** The trace of what the user did last; empty at first. The footer links it, and errors without a trace of their own. */
export const lastTrace = inMemory('');

/** `failureOf` names the failure that a result stands for; undefined for a success. */
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
    action.end(error instanceof ApiError ? error.label : asError(error));
    throw error;
  }
}

/** A redirect or a page that is not found is thrown too, and is no failure. */
function asError(thrown: unknown): Error | undefined {
  return thrown instanceof Error ? thrown : undefined;
}

/**
 * What a page needs, as a route's loader. The number of items in the header belongs to the page too, but a page does not
 * wait for it or fail with it.
 */
export async function openPage<T>(load: (action: Action) => Promise<T>): Promise<T> {
  let page: Promise<T> | undefined;
  const whole = runAction('shop.open_page', async (action) => {
    page = load(action);
    await Promise.all([page, loadCartOnce(action).catch(() => undefined)]);
  });
  // Its failure is the page's, which is awaited below.
  whole.catch(() => undefined);
  return page as Promise<T>;
}

/** The same for a page that needs a login: without one, or when it has ended, the login page comes first. */
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
