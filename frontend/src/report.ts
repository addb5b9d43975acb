/** Selects the errors that are reported as exceptions of the page. */

import { isRouteErrorResponse } from 'react-router';
import { ApiError } from './api/errors';
import { StaleBuildError } from './staleBuild';
import { reportError } from './telemetry/errors';

/**
 * API errors are left out: they are in the trace, and a backend outage must not look like broken JavaScript. So are
 * missing pages. `pattern` is the route's, in React Router's notation.
 */
export function report(error: unknown, pattern?: string): void {
  if (error instanceof ApiError || error instanceof StaleBuildError || isRouteErrorResponse(error)) return;
  reportError(error, pattern);
}
