import { render } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { shopRoutes } from '../routes';

/** The whole shop at this address. */
export function openShop(path: string) {
  const router = createMemoryRouter(shopRoutes(), { initialEntries: [path] });
  return { router, ...render(<RouterProvider router={router} />) };
}
