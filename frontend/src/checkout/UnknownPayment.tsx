import { Link } from 'react-router';
import type { ApiError } from '../api/errors';
import { ErrorNotice } from '../components/ErrorNotice';
import { FocusedHeading } from '../components/FocusedHeading';
import { QuestionIcon } from '../components/icons';
import { TraceLink } from '../components/TraceLink';
import type { Attempt } from './attempts';

interface Props {
  attempt: Attempt;
  onFollowUp: () => void;
  isBusy: boolean;
  error: ApiError | null;
}

/** Replaces the form: only a repeat of the same payment can't charge twice. */
export function UnknownPayment({ attempt, onFollowUp, isBusy, error }: Props) {
  return (
    <section className="notice notice-unknown">
      <QuestionIcon />
      <div>
        <FocusedHeading level={2}>We don’t know yet whether your order was placed</FocusedHeading>
        <p>The shop has not confirmed your payment. It may have gone through all the same.</p>
        <p>Press “Check again”: it repeats the same payment, so you get one order and one charge at most.</p>
        {error && <ErrorNotice error={error} />}
        <div className="actions">
          <button className="button" type="button" onClick={onFollowUp} aria-disabled={isBusy}>
            <span>{isBusy ? 'Checking…' : 'Check again'}</span>
          </button>
          <Link to={attempt.orderId ? `/orders/${attempt.orderId}` : '/orders'}>
            {attempt.orderId ? `Order ${attempt.orderId}` : 'Your orders'}
          </Link>
        </div>
        <TraceLink
          traceId={attempt.traceId}
          of="the payment"
          at={new Date(attempt.startedAt).toISOString()}
        />
      </div>
    </section>
  );
}
