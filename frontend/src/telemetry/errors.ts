const seen = new WeakSet<object>();

/** An error that the shop's code could not handle, once; `route` is the template of the page, `/orders/{orderId}`. */
export function reportError(error: unknown, route?: string): void {
  if (typeof error !== 'object' || error === null || seen.has(error)) return;
  seen.add(error);
  void route;
}
