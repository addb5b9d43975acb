import './telemetry/early';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, matchRoutes, RouterProvider } from 'react-router';
import { loadConfig } from './config';
import { report } from './report';
import { routes } from './routes';
import { setRouteTemplates } from './telemetry/routes';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/catalogue.css';
import './styles/account.css';

setRouteTemplates((path) => {
  const matches = matchRoutes(routes, path) ?? undefined;
  return matches && `/${matches.flatMap(({ route }) => route.path ?? []).join('/')}`;
});

const root = document.getElementById('root');
if (root) {
  void loadConfig();
  const router = createBrowserRouter(routes);
  // React's errors never reach `window`, and a loader's reach the router alone.
  createRoot(root, {
    onCaughtError: (error) => report(error),
    onUncaughtError: (error) => report(error),
  }).render(
    <StrictMode>
      <RouterProvider router={router} onError={(error, { pattern }) => report(error, pattern)} />
    </StrictMode>,
  );
}
