import { useEffect, useState } from 'react';

interface Props {
  onRetry: () => void;
  /** Seconds for which the server asked to wait. */
  wait?: number | undefined;
  isBusy?: boolean;
}

/** A "Try again" button that is disabled until the server accepts requests again. */
export function RetryButton({ onRetry, wait = 0, isBusy = false }: Props) {
  const left = useCountdown(wait);
  return (
    <div className="retry">
      <button className="button" type="button" onClick={onRetry} disabled={left > 0 || isBusy}>
        <span>{isBusy ? 'Trying…' : 'Try again'}</span>
      </button>
      <p className="muted" role="status">
        <span>{left > 0 ? `You can try again in ${left} s.` : ''}</span>
      </p>
    </div>
  );
}

function useCountdown(seconds: number): number {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      const remaining = Math.max(Math.ceil((end - Date.now()) / 1000), 0);
      setLeft(remaining);
      if (remaining === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [seconds]);
  return left;
}
