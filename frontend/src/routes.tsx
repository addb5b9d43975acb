import type { RouteObject } from 'react-router';
import { Layout } from './components/Layout';
import { Loading } from './components/Loading';
import { PageError } from './components/PageError';
import { CartPage } from './pages/CartPage';
import { CataloguePage } from './pages/CataloguePage';
import * as load from './pages/loaders';
import { LoginPage } from './pages/LoginPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { ProductPage } from './pages/ProductPage';
import { part } from './staleBuild';

/** Loaded on demand, because visitors who only browse do not need it. */
const account = () => part(() => import('./pages/account'));

/** New objects for each router, because it modifies the lazy properties. */
export const shopRoutes = (): RouteObject[] => [
  {
    Component: Layout,
    HydrateFallback: Loading,
    ErrorBoundary: PageError,
    children: [
      {
        // A boundary inside the layout, so that header and footer stay when a page fails.
        ErrorBoundary: PageError,
        children: [
          { index: true, loader: load.openHome },
          { path: 'cart', loader: load.openCart, Component: CartPage },
          { path: 'login', loader: load.openLogin, Component: LoginPage },
          {
            path: 'checkout',
            loader: load.openCheckout,
            lazy: { Component: async () => (await account()).CheckoutPage },
          },
          {
            path: 'orders',
            loader: load.openOrders,
            lazy: { Component: async () => (await account()).OrdersPage },
          },
          {
            path: 'orders/:orderId',
            loader: load.openOrder,
            lazy: { Component: async () => (await account()).OrderPage },
          },
          {
            path: ':country',
            loader: load.openCatalogue,
            shouldRevalidate: load.catalogueShouldReload,
            Component: CataloguePage,
          },
          { path: ':country/products/:productId', loader: load.openProduct, Component: ProductPage },
          { path: '*', Component: NotFoundPage },
        ],
      },
    ],
  },
];
