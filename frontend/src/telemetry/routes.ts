/** The route's pattern of a path, `/orders/:id`; `undefined` where no route matches. */
export type RouteTemplates = (pathname: string) => string | undefined;

let templates: RouteTemplates = () => undefined;

/** Registers how the router finds the pattern of a path. */
export function setRouteTemplates(next: RouteTemplates): void {
  templates = next;
}

/** A route's pattern in the notation of the API's templates: `/orders/{id}`. */
export function toTemplate(pattern: string): string {
  return pattern.replace(/:(\w+)\??/g, '{$1}');
}

/**
 * `url.template` of a path. Computed from the path and not kept
 * by the router, because events fire before a navigation has been committed.
 */
export function routeTemplate(pathname: string = location.pathname): string | undefined {
  try {
    const pattern = templates(pathname);
    return pattern === undefined ? undefined : toTemplate(pattern);
  } catch {
    // A path that the router can't read, `/%E0`, must not stop what is being recorded.
    return undefined;
  }
}
