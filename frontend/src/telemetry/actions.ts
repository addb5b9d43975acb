/** The part of telemetry that the shop's code knows: what the user does, and the requests that follow from it. */

import { routeTemplate } from './routes';
import { sessionId } from './session';
import { isError, rememberOrigin, Span } from './spans';

/** What the shop may say about an action; the collector's allow-list has the same keys. */
export type ActionAttribute = 'product.id' | 'payment.method' | 'country' | 'order.id' | 'checkout.outcome';

/** Something that the user does or waits for. Its requests belong to one trace, over any number of `await`s. */
export interface Action {
  /** 32 hexadecimal digits; what the pages show and link. */
  readonly traceId: string;
  /** A request of this action. `template` is the path without its IDs, `/orders/{id}`: spans are named after it. */
  fetch(path: string, template: string, init?: RequestInit): Promise<Response>;
  /** A fact about the action: `order.id`, `payment.method`. */
  set(attribute: ActionAttribute, value: string | number): void;
  /** The action is over; after a failure `error` is its kind, `payment_unknown`, or what was thrown. */
  end(error?: string | Error): void;
}

/** Starts the span of an action. It is passed on by hand: no patched `fetch`, no zone, nothing lost at an `await`. */
export function startAction(name: `shop.${string}`): Action {
  const session = { 'session.id': sessionId() };
  const template = routeTemplate();
  const span = new Span(name, 'internal', { ...session, ...(template && { 'url.template': template }) });
  return {
    traceId: span.traceId,
    fetch: (path, route, init = {}) => {
      const method = (init.method ?? 'GET').toUpperCase();
      const attributes = { ...session, 'http.request.method': method, 'url.template': route };
      return send(new Span(`${method} ${route}`, 'client', attributes, span), span, path, init);
    },
    set: (attribute, value) => span.set(attribute, value),
    end: (error) => endAction(span, error),
  };
}

/** An error that was thrown is often reported later, while rendering: with the IDs of its action. */
function endAction(span: Span, error?: string | Error): void {
  if (!isError(error)) return span.end(error);
  rememberOrigin(error, span);
  span.end(error.name);
}

/** The span ends with the response's headers: the body may take as long as its reader does. */
async function send(span: Span, action: Span, path: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(path, isApi(path) ? withTraceparent(init, span) : init);
    span.set('http.response.status_code', response.status);
    // A declined card or an empty cart is the shop's normal response: only 5xx is a failure.
    span.end(response.status >= 500 ? String(response.status) : undefined);
    return response;
  } catch (error) {
    endWithoutResponse(span, error);
    rememberOrigin(error, action);
    throw error;
  }
}

function endWithoutResponse(span: Span, error: unknown): void {
  const type = isError(error) ? error.name : '';
  if (type !== 'AbortError') return span.end(type);
  // Cancelled by the shop itself, because the user went elsewhere.
  span.set('error.type', type);
  span.end();
}

function isApi(path: string): boolean {
  const { origin, pathname } = new URL(path, location.href);
  return origin === location.origin && pathname.startsWith('/api/');
}

function withTraceparent(init: RequestInit, span: Span): RequestInit {
  const headers = new Headers(init.headers);
  headers.set('traceparent', span.traceparent);
  return { ...init, headers };
}
