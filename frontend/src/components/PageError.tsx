import { useEffect } from 'react';
import { isRouteErrorResponse, useLocation, useNavigate, useNavigation, useRouteError } from 'react-router';
import { lastTrace } from '../actions/run';
import { ApiError } from '../api/errors';
import { describe } from '../api/describe';
import { NotFoundPage } from '../pages/NotFoundPage';
import { reloadOnce, StaleBuildError } from '../staleBuild';
import { useStore } from '../storage/useStore';
import { Page } from './Page';
import { RetryButton } from './RetryButton';
import { TraceLink } from './TraceLink';

/** Shown instead of a page that can't be loaded or rendered. */
export function PageError() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />;
  if (error instanceof ApiError)
    return error.status === 404 ? <NotFoundPage /> : <ApiFailure error={error} />;
  return error instanceof StaleBuildError ? <StaleBuild /> : <Broken />;
}

/** The interval of automatic retries. */
const RECOVERY = 10_000; // milliseconds

function ApiFailure({ error }: { error: ApiError }) {
  const { title, text, canRetry } = describe(error);
  const { openAgain, isOpening } = useOpenAgain();
  const recovers = canRetry && error.status !== 429;
  useEffect(() => {
    if (!recovers || isOpening) return;
    const timer = setInterval(() => {
      if (!document.hidden) openAgain();
    }, RECOVERY);
    return () => clearInterval(timer);
  });
  return (
    <Page title={title}>
      <div role="alert">
        <p>{text}</p>
      </div>
      {canRetry && (
        <RetryButton key={error.traceId} onRetry={openAgain} wait={waitOf(error)} isBusy={isOpening} />
      )}
      <TraceLink traceId={error.traceId} of="the error" />
    </Page>
  );
}

/**
 * Navigates to the same page. After a revalidation, the router's error boundary keeps the error if the response arrives
 * before React has rendered the loading state.
 */
function useOpenAgain() {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const { state } = useNavigation();
  const openAgain = () => void navigate(pathname + search, { replace: true, preventScrollReset: true });
  return { openAgain, isOpening: state !== 'idle' };
}

/** The user has to wait for a rate limit. After an outage, the user may try earlier than `Retry-After`. */
const waitOf = (error: ApiError) => (error.status === 429 ? error.retryAfter : undefined);

function StaleBuild() {
  useEffect(() => reloadOnce(), []);
  return (
    <Page title="This page needs to be reloaded">
      <p>A part of the shop could not be loaded. The shop may have been updated since you opened it.</p>
      <ReloadButton />
    </Page>
  );
}

function Broken() {
  const traceId = useStore(lastTrace);
  return (
    <Page title="Something went wrong">
      <div role="alert">
        <p>This page can’t be shown. The error was reported, and your cart is kept.</p>
      </div>
      <ReloadButton />
      <TraceLink traceId={traceId} of="your last action" />
    </Page>
  );
}

function ReloadButton() {
  return (
    <button className="button" type="button" onClick={() => location.reload()}>
      Reload the page
    </button>
  );
}
