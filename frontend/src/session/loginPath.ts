/** The URL of the login page, with the page to return to. */

const PARAMETER = 'returnTo';

export function loginPath(from: { pathname: string; search: string }): string {
  return `/login?${new URLSearchParams({ [PARAMETER]: from.pathname + from.search }).toString()}`;
}

/** Always a page of this shop: a crafted link must not lead to another site after the login. */
export function returnPath(search: URLSearchParams, fallback: string): string {
  const wanted = search.get(PARAMETER) ?? fallback;
  const url = parse(wanted);
  return url?.origin === location.origin && url.pathname !== '/login' ? url.pathname + url.search : fallback;
}

function parse(path: string): URL | null {
  return path.startsWith('/') ? URL.parse(path, location.origin) : null;
}
