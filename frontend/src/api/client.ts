/** The one way to main-service. No request is repeated here: that is the user's decision, or the caller's. */

import type { Action } from '../telemetry/actions';
import { session } from '../session/session';
import { ApiError, errorOf, noResponse } from './errors';

/** The path that nginx takes for main-service. */
const BASE = '/api';

/** Above nginx's proxy_read_timeout, so that its problem document arrives; no user waits longer than this. */
export const TIMEOUT = 9_500; // milliseconds

export interface ApiRequest<T> {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** The path without its IDs; spans are named after it. */
  template: string;
  body?: unknown;
  idempotencyKey?: string;
  /** Whether this is the response that was asked for: a proxy may send any JSON with a 200. */
  expects: (body: unknown) => body is T;
}

/** Raises ApiError, and nothing else. */
export async function call<T>(action: Action, request: ApiRequest<T>): Promise<T> {
  const token = session.get().token;
  const { response, body } = await send(action, request, token);
  if (!response.ok) {
    const error = errorOf(response, body, action.traceId);
    if (error.isSignedOut && token) session.expire(token);
    throw error;
  }
  const value = parse(response, body);
  if (request.expects(value)) return value;
  throw new ApiError({
    kind: 'unreadable',
    status: response.status,
    problem: '',
    detail: '',
    traceId: action.traceId,
  });
}

async function send<T>(action: Action, request: ApiRequest<T>, token: string | null) {
  try {
    const response = await action.fetch(BASE + request.path, request.template, {
      method: request.method ?? 'GET',
      headers: headersOf(request, token),
      signal: AbortSignal.timeout(TIMEOUT),
      // The API knows bearer tokens only: no cookie of another application on this host has to travel.
      credentials: 'omit',
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    });
    return { response, body: await response.text() };
  } catch (cause) {
    throw noResponse(cause, action.traceId);
  }
}

function headersOf<T>(request: ApiRequest<T>, token: string | null): Record<string, string> {
  return {
    Accept: 'application/json, application/problem+json',
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(request.body !== undefined && { 'Content-Type': 'application/json' }),
    ...(request.idempotencyKey && { 'Idempotency-Key': request.idempotencyKey }),
  };
}

/** Undefined for a 204, and for anything that is not JSON. */
function parse(response: Response, body: string): unknown {
  try {
    return response.status === 204 ? undefined : JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** An object with at least these properties. The rest of the API's shape is its contract's matter. */
export function has<T>(...properties: (keyof T & string)[]) {
  return (body: unknown): body is T =>
    typeof body === 'object' && body !== null && properties.every((property) => property in body);
}

export function listOf<T>(...properties: (keyof T & string)[]) {
  const isItem = has<T>(...properties);
  return (body: unknown): body is T[] => Array.isArray(body) && body.every(isItem);
}
