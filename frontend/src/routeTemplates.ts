import { matchRoutes } from 'react-router';
import { shopRoutes } from './routes';

const routes = shopRoutes();

/** The pattern of a path, such as `/orders/:orderId`. Telemetry names pages by it, as paths are unbounded. */
export function templateOf(pathname: string): string | undefined {
  const parts = matchRoutes(routes, pathname)?.map((match) => match.route.path ?? '');
  return parts && `/${parts.filter(Boolean).join('/')}`;
}
