/** Login and logout. */

import { ApiError } from '../api/errors';
import * as shop from '../api/shop';
import { loadCart } from '../cart/cart';
import { localCart } from '../cart/localCart';
import { serverCart } from '../cart/serverCart';
import { notify } from '../components/notices';
import type { Action } from '../telemetry/actions';
import { session } from './session';

/** Raises ApiError if the login failed. A cart that can't be loaded or merged does not fail it. */
export async function signIn(action: Action, username: string, password: string): Promise<void> {
  const login = await shop.login(action, username, password);
  session.begin(login);
  try {
    await loadCart(action);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  const isComplete = serverCart.of(login.user_id) && localCart.mergesOf(login.user_id).length === 0;
  if (!isComplete) notify({ ...CART_INCOMPLETE, traceId: action.traceId });
}

const CART_INCOMPLETE = {
  text: 'You are logged in, but your cart may be incomplete.',
  link: { to: '/cart', text: 'Open the cart' },
  stays: true,
};

/** Logs out even if main-service can't be reached; the token then expires by itself. */
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
