import { render } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { shopRoutes } from '../routes';

/** Renders the whole shop at a path. */
export function openShop(path: string) {
  const router = createMemoryRouter(shopRoutes(), { initialEntries: [path] });
  return { router, ...render(<RouterProvider router={router} />) };
}
