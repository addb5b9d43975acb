import { render, screen } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { expect, test, vi } from 'vitest';
import { lastTrace } from '../actions/run';
import { ApiError } from '../api/errors';
import { report } from '../report';
import { StaleBuildError } from '../staleBuild';
import * as telemetry from '../telemetry/errors';
import { TRACE_ID } from '../testing/fakeShop';
import { PageError } from './PageError';

const timeout = () =>
  new ApiError({ kind: 'timeout', status: 0, problem: '', detail: '', traceId: TRACE_ID });

function open(element: React.ReactNode) {
  // The router's own message, which `onError` replaces in main.tsx.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const router = createMemoryRouter([{ path: '/', element, ErrorBoundary: PageError }]);
  const reported = vi.spyOn(telemetry, 'reportError').mockImplementation(() => undefined);
  render(<RouterProvider router={router} onError={(error, { pattern }) => report(error, pattern)} />);
  return reported;
}

function Throws({ error }: { error: unknown }): never {
  throw error;
}

test('error while rendering is reported with its route, and shows the trace of the last action', async () => {
  lastTrace.set(TRACE_ID);
  const error = new TypeError('undefined is not a product');
  const reported = open(<Throws error={error} />);
  expect(await screen.findByRole('heading', { name: 'Something went wrong' })).toBeTruthy();
  expect(screen.getByRole('link', { name: /Trace of your last action/ }).textContent).toContain(TRACE_ID);
  expect(document.body.textContent).not.toContain('undefined is not');
  expect(reported).toHaveBeenCalledWith(error, '/');
});

test('error of the API is shown, and is no error of the page', async () => {
  const reported = open(<Throws error={timeout()} />);
  expect(await screen.findByRole('heading', { name: 'The shop did not respond in time' })).toBeTruthy();
  expect(screen.getByRole('link', { name: /Trace of the error/ }).textContent).toContain(TRACE_ID);
  expect(reported).not.toHaveBeenCalled();
});

test('tab that is older than the deployment, and was reloaded already, offers a reload', async () => {
  sessionStorage.setItem('webstore.reloaded', 'yes');
  const reported = open(<Throws error={new StaleBuildError('gone')} />);
  expect(await screen.findByRole('button', { name: 'Reload the page' })).toBeTruthy();
  expect(reported).not.toHaveBeenCalled();
});
