/** Login and logout. */

import { ApiError } from '../api/errors';
import * as shop from '../api/shop';
import { loadCart } from '../cart/cart';
import { serverCart } from '../cart/serverCart';
import { notify } from '../components/notices';
import type { Action } from '../telemetry/actions';
import { session } from './session';

/** Raises ApiError when the login failed; a cart that is not merged yet is no failed login. */
export async function signIn(action: Action, username: string, password: string): Promise<void> {
  session.begin(await shop.login(action, username, password));
  try {
    await loadCart(action);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    notify({
      text: 'You are logged in, but your cart could not be loaded.',
      link: { to: '/cart', text: 'Open the cart' },
      traceId: error.traceId,
      stays: true,
    });
  }
}

/** The user is logged out here even if main-service can't be reached; the token then ends by itself. */
export async function signOut(action: Action): Promise<void> {
  try {
    await shop.logout(action);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  } finally {
    session.end();
    serverCart.forget();
  }
}
