/** The login page's URL, and the way back from there. */

const PARAMETER = 'returnTo';

export function loginPath(from: { pathname: string; search: string }): string {
  return `/login?${new URLSearchParams({ [PARAMETER]: from.pathname + from.search }).toString()}`;
}

/** A page of this shop, whatever the URL says: a link must not lead elsewhere through the login. */
export function returnPath(search: URLSearchParams, fallback: string): string {
  const wanted = search.get(PARAMETER) ?? fallback;
  const url = parse(wanted);
  return url?.origin === location.origin && url.pathname !== '/login' ? url.pathname + url.search : fallback;
}

function parse(path: string): URL | null {
  return path.startsWith('/') ? URL.parse(path, location.origin) : null;
}
