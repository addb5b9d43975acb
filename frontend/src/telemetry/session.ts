import { randomHex } from './ids';

const KEY = 'webstore.session-id';
const IDLE_MS = 30 * 60_000;

interface Session {
  id: string;
  /** When it was last used, in milliseconds since the epoch: stored, so that an old tab does not resume it. */
  last: number;
}

/** Where no storage is allowed, the session lives as long as the page. */
let memory: Session | undefined;

/** `session.id`: random, shared by the shop's tabs, a new one after half an hour without use. Each call is a use. */
export function sessionId(): string {
  const now = Date.now();
  const session = stored() ?? memory;
  // Both directions: a clock that was set back must not keep a session for ever.
  const id = session && Math.abs(now - session.last) < IDLE_MS ? session.id : randomHex(16);
  memory = { id, last: now };
  store(memory);
  return id;
}

/** The getter of `localStorage` itself throws where the browser denies it. */
function stored(): Session | undefined {
  try {
    const [, id, last] = /^([0-9a-f]{32}) (\d{1,15})$/.exec(localStorage.getItem(KEY) ?? '') ?? [];
    return id && last ? { id, last: Number(last) } : undefined;
  } catch {
    return undefined;
  }
}

function store({ id, last }: Session): void {
  try {
    localStorage.setItem(KEY, `${id} ${last}`);
  } catch {
    // Denied or full: the session is in memory.
  }
}
