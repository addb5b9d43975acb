import './telemetry/early';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { loadConfig } from './config';
import { report } from './report';
import { shopRoutes } from './routes';
import { templateOf } from './routeTemplates';
import { setRouteTemplates } from './telemetry/routes';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/catalogue.css';
import './styles/product.css';
import './styles/account.css';
import './styles/orders.css';

setRouteTemplates(templateOf);

const root = document.getElementById('root');
if (root) {
  void loadConfig();
  const router = createBrowserRouter(shopRoutes());
  // Render errors never reach `window`, and loader errors reach only the router.
  createRoot(root, {
    onCaughtError: (error) => report(error),
    onUncaughtError: (error) => report(error),
  }).render(
    <StrictMode>
      <RouterProvider router={router} onError={(error, { pattern }) => report(error, pattern)} />
    </StrictMode>,
  );
}
