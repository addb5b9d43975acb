/** One message at a time for the whole page, such as "Laptop is in your cart". */

import { inMemory } from '../storage/persisted';

export interface Notice {
  text: string;
  link?: { to: string; text: string };
  /** Of a failure. */
  traceId?: string;
  /** It belongs to the page that is about to open. */
  stays?: boolean;
}

export const notices = inMemory<Notice | null>(null);

export const notify = (notice: Notice) => notices.set(notice);
export const dismissNotice = () => notices.set(null);

/** What was said about one page is not true on the next. */
export function afterNavigation(): void {
  const notice = notices.get();
  notices.set(notice?.stays ? { ...notice, stays: false } : null);
}
