import { matchRoutes } from 'react-router';
import { shopRoutes } from './routes';

const routes = shopRoutes();

/** The pattern of a page's path, such as `/orders/:orderId`: telemetry names pages by it, as there is no end of paths. */
export function templateOf(pathname: string): string | undefined {
  const parts = matchRoutes(routes, pathname)?.map((match) => match.route.path ?? '');
  return parts && `/${parts.filter(Boolean).join('/')}`;
}
