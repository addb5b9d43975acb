/** Sends all requests to main-service. It never retries: that is the decision of the caller or the user. */

import type { Action } from '../telemetry/actions';
import { session } from '../session/session';
import { ApiError, errorOf, noResponse } from './errors';

/** nginx forwards this path to main-service. */
const BASE = '/api';

/** The longest wait of a user. Above nginx's proxy_read_timeout, so that its problem document still arrives. */
export const TIMEOUT = 9_300; // milliseconds

export interface ApiRequest<T> {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** The path without its IDs; spans are named after it. */
  template: string;
  body?: unknown;
  idempotencyKey?: string;
  /** Sent without the token: a 401 is about the body, and must not end the login that there is. */
  isAnonymous?: boolean;
  /** Checks the shape of the response: a proxy may send any JSON with a 200. */
  expects: (body: unknown) => body is T;
}

/** Raises only ApiError. */
export async function call<T>(action: Action, request: ApiRequest<T>): Promise<T> {
  const token = request.isAnonymous ? null : session.get().token;
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
      // The API uses bearer tokens only, so cookies of other applications on this host stay out of the request.
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

/** Checks for an object with at least these properties. */
export function has<T>(...properties: (keyof T & string)[]) {
  return (body: unknown): body is T =>
    typeof body === 'object' && body !== null && properties.every((property) => property in body);
}

export function listOf<T>(...properties: (keyof T & string)[]) {
  const isItem = has<T>(...properties);
  return (body: unknown): body is T[] => Array.isArray(body) && body.every(isItem);
}
