/** The route's pattern of a path, `/orders/:id`; `undefined` where no route matches. */
export type RouteTemplates = (pathname: string) => string | undefined;

let templates: RouteTemplates = () => undefined;

/** The router says once which pattern a path has. */
export function setRouteTemplates(next: RouteTemplates): void {
  templates = next;
}

/**
 * `url.template` of a path, in the notation of the API's templates: `/orders/{id}`. Computed from the path and not kept
 * by the router, because events fire before a navigation has been committed.
 */
export function routeTemplate(pathname: string = location.pathname): string | undefined {
  return templates(pathname)?.replace(/:(\w+)\??/g, '{$1}');
}
