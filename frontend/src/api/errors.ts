/** Errors of requests, with responses of main-service, nginx or another proxy, or without a response. */

/** - `problem`: a problem document of main-service or nginx.
 *  - `unreadable`: any other response, such as a proxy's HTML page.
 *  - `timeout`, `network`: no complete response; the request may have taken effect. */
export type ErrorKind = 'problem' | 'unreadable' | 'timeout' | 'network';

export interface ErrorFacts {
  kind: ErrorKind;
  /** 0 without a response. */
  status: number;
  /** The last part of the problem's type, such as `sold-out`; empty for the other kinds. */
  problem: string;
  /** The problem document's text for the user; may be empty. */
  detail: string;
  traceId: string;
  orderId?: number;
  /** Seconds. */
  retryAfter?: number;
}

export class ApiError extends Error {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly problem: string;
  readonly detail: string;
  readonly traceId: string;
  readonly orderId: number | undefined;
  readonly retryAfter: number | undefined;

  constructor(facts: ErrorFacts) {
    super(`${facts.problem || facts.kind} (${facts.status})`);
    this.kind = facts.kind;
    this.status = facts.status;
    this.problem = facts.problem;
    this.detail = facts.detail;
    this.traceId = facts.traceId;
    this.orderId = facts.orderId;
    this.retryAfter = facts.retryAfter;
  }

  /** The token is not valid, or no longer. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }

  /** The request may have taken effect all the same: there is no response of main-service, or one of a crash. */
  get isUncertain(): boolean {
    return this.kind !== 'problem' || this.status >= 500;
  }

  /** For telemetry: `sold-out`, `timeout`. */
  get label(): string {
    return this.problem || this.kind;
  }

  /** The label of what is the shop's fault; undefined for its normal responses, such as a wrong password. */
  get failure(): string | undefined {
    return this.isUncertain ? this.label : undefined;
  }
}

const PROBLEM_TYPE = /^urn:webstore:problem:([a-z0-9-]+)$/;
const TRACE_ID = /^[0-9a-f]{32}$/;
const LONGEST_WAIT = 600; // seconds; more would be a misconfigured server, and the button dead for ever

/** The error for a failed response. `traceId` is the request's, for responses that name none. */
export function errorOf(response: Response, body: string, traceId: string, now = Date.now()): ApiError {
  const retryAfter = secondsToWait(response.headers.get('Retry-After'), now);
  return new ApiError({
    kind: 'unreadable',
    status: response.status,
    problem: '',
    detail: '',
    traceId,
    ...(retryAfter !== undefined && { retryAfter }),
    ...factsOf(asObject(body)),
  });
}

/** The facts of a problem document; none for other bodies. */
function factsOf(document: Record<string, unknown>): Partial<ErrorFacts> {
  const problem = PROBLEM_TYPE.exec(text(document.type))?.[1];
  if (!problem) return {};
  const traceId = text(document.trace_id);
  const orderId = document.order_id;
  return {
    kind: 'problem',
    problem,
    detail: text(document.detail),
    ...(TRACE_ID.test(traceId) && { traceId }),
    ...(typeof orderId === 'number' && { orderId }),
  };
}

/** The error for what `fetch`, or reading the body, threw. */
export function noResponse(cause: unknown, traceId: string): ApiError {
  const { name } = (cause ?? {}) as { name?: unknown };
  const kind = name === 'TimeoutError' ? 'timeout' : 'network';
  return new ApiError({ kind, status: 0, problem: '', detail: '', traceId });
}

/** `Retry-After` is a number of seconds or a date. */
export function secondsToWait(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), LONGEST_WAIT) : undefined;
}

function asObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
