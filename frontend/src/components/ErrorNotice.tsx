import type { ApiError } from '../api/errors';
import { describe } from '../api/describe';
import { AlertIcon } from './icons';
import { RetryButton } from './RetryButton';
import { TraceLink } from './TraceLink';

interface Props {
  error: ApiError;
  /** Without it there is no button, because the failed control is still on the page. */
  onRetry?: () => void;
}

/** A failed action on a page that still works. */
export function ErrorNotice({ error, onRetry }: Props) {
  const { title, text, canRetry } = describe(error);
  return (
    <div className="notice notice-error" role="alert">
      <AlertIcon />
      <div>
        <p>
          <strong>{title}</strong>
        </p>
        <p>{text}</p>
        {onRetry && canRetry && <RetryButton key={error.traceId} onRetry={onRetry} wait={error.retryAfter} />}
        {!onRetry && error.retryAfter !== undefined && error.status === 429 && (
          <p>{`You can try again in ${error.retryAfter} s.`}</p>
        )}
        <TraceLink traceId={error.traceId} of="the error" />
      </div>
    </div>
  );
}
