/** Which errors are reported as the shop's own. */

import { isRouteErrorResponse } from 'react-router';
import { ApiError } from './api/errors';
import { StaleBuildError } from './staleBuild';
import { reportError } from './telemetry/errors';

/**
 * An API error is no error of the page: the trace has it, and a backend outage must not look like broken JavaScript.
 * The same holds for a page that does not exist. `pattern` is the route's, as React Router knows it.
 */
export function report(error: unknown, pattern?: string): void {
  if (error instanceof ApiError || error instanceof StaleBuildError || isRouteErrorResponse(error)) return;
  reportError(error, pattern);
}
