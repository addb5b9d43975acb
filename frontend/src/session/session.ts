/** Who is logged in. The token is kept where the API needs it from: the API has no cookies. */

import { persisted } from '../storage/persisted';
import type { Login } from '../api/types';

export interface Session {
  token: string | null;
  /** Also after the session has ended, so that the shop can say whose it was. */
  userId: string | null;
  /** The session ended without the user's doing. */
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
  /** main-service has rejected this token. Another tab may have logged in since: its session stays. */
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
