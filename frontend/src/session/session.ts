/** The login. The token is in localStorage because the API takes bearer tokens and has no cookies. */

import { persisted } from '../storage/persisted';
import type { Login } from '../api/types';

export interface Session {
  token: string | null;
  /** Kept when the session expires. */
  userId: string | null;
  /** The session ended without a logout. */
  expired: boolean;
}

const SIGNED_OUT: Session = { token: null, userId: null, expired: false };

const store = persisted<Session>('session', parse);

export const session = {
  ...store,
  begin(login: Login): void {
    store.set({ token: login.token, userId: login.user_id, expired: false });
  },
  end(): void {
    store.set(SIGNED_OUT);
  },
  /** main-service has rejected this token. A session that another tab has started since then is kept. */
  expire(token: string): void {
    const current = store.get();
    if (current.token === token) store.set({ token: null, userId: current.userId, expired: true });
  },
};

function parse(stored: unknown): Session {
  if (typeof stored !== 'object' || stored === null) return SIGNED_OUT;
  const { token, userId, expired } = stored as Partial<Session>;
  return {
    token: typeof token === 'string' ? token : null,
    userId: typeof userId === 'string' ? userId : null,
    expired: expired === true,
  };
}
