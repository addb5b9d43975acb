/**
 * Imported first, before React: errors of the very first render are recorded too. The SDK itself comes last, when the
 * page has been painted and is idle.
 */

import { reportError } from './errors';
import { connect, disconnect } from './records';

const IDLE_TIMEOUT_MS = 2000;

addEventListener('error', (event) => reportError(event.error ?? event.message, undefined, event.filename));
addEventListener('unhandledrejection', (event) => reportError(event.reason));

if (document.readyState === 'complete') afterPaint(load);
else addEventListener('load', () => afterPaint(load), { once: true });

function afterPaint(run: () => void): void {
  requestAnimationFrame(() => setTimeout(() => whenIdle(run)));
}

/** Safari has no `requestIdleCallback`. */
function whenIdle(run: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run, { timeout: IDLE_TIMEOUT_MS });
  else setTimeout(run, IDLE_TIMEOUT_MS);
}

/** Without this chunk, blocked or gone after a deployment, the shop works unobserved. There is no second try. */
function load(): void {
  import('./sdk').then(({ start }) => connect(start())).catch(disconnect);
}
