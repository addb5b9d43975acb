/** One message at a time for the whole page, such as "Laptop is in your cart". */

import { inMemory } from '../storage/persisted';

export interface Notice {
  text: string;
  link?: { to: string; text: string };
  /** The trace of a failure. */
  traceId?: string;
  /** Keep it over the next navigation. */
  stays?: boolean;
}

export const notices = inMemory<Notice | null>(null);

export const notify = (notice: Notice) => notices.set(notice);
export const dismissNotice = () => notices.set(null);

/** A notice is about one page, so it is removed on the next one. */
export function afterNavigation(): void {
  const notice = notices.get();
  notices.set(notice?.stays ? { ...notice, stays: false } : null);
}
