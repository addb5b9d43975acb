/** The part of telemetry that the shop's code knows: what the user does, and the requests that follow from it. */

import { randomHex } from '../storage/ids';

/** Something that the user does or waits for. Its requests belong to one trace, over any number of `await`s. */
export interface Action {
  /** 32 hexadecimal digits; what the pages show and link. */
  readonly traceId: string;
  /** A request of this action. `template` is the path without its IDs, `/orders/{id}`: spans are named after it. */
  fetch(path: string, template: string, init?: RequestInit): Promise<Response>;
  /** A fact about the action: `order.id`, `payment.method`. */
  set(attribute: string, value: string | number): void;
  /** The action is over; after a failure `error` says which kind, in a word or two. */
  end(error?: string): void;
}

/** Begin an action of the user; `name` is `shop.<verb>`. */
export function startAction(name: string): Action {
  const traceId = randomHex(16);
  return {
    traceId,
    fetch(path, _template, init = {}) {
      const headers = new Headers(init.headers);
      headers.set('traceparent', `00-${traceId}-${randomHex(8)}-01`);
      return fetch(path, { ...init, headers });
    },
    set() {},
    end() {
      void name;
    },
  };
}
