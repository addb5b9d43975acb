import { Link } from 'react-router';
import type { CheckoutResult } from '../api/types';
import { FocusedHeading } from '../components/FocusedHeading';
import { CheckIcon } from '../components/icons';
import { TraceLink } from '../components/TraceLink';
import { discountName } from './discountName';
import { country, countryPath } from '../session/country';
import { price } from '../session/format';
import { useStore } from '../storage/useStore';

export function Confirmation({ result, traceId }: { result: CheckoutResult; traceId: string }) {
  const code = useStore(country);
  return (
    <section className="confirmation" aria-live="polite">
      <title>Order confirmed · webstore</title>
      <p className="confirmation-mark">
        <CheckIcon />
      </p>
      <FocusedHeading level={1}>Thank you, your order is confirmed</FocusedHeading>
      <p>{result.fulfilment === 'delayed' ? DELAYED : RESERVED}</p>
      <dl className="facts">
        <dt>Order</dt>
        <dd>{result.order_id}</dd>
        {result.discount_amount > 0 && (
          <>
            <dt>{discountName(result)}</dt>
            <dd>{price(-result.discount_amount, code)}</dd>
          </>
        )}
        <dt>Total</dt>
        <dd>{price(result.total_amount, code)}</dd>
      </dl>
      <div className="actions">
        <Link className="button" to={`/orders/${result.order_id}`}>
          View order
        </Link>
        <Link to={countryPath(code)}>Continue shopping</Link>
      </div>
      <TraceLink traceId={traceId} of={`order ${result.order_id}`} />
    </section>
  );
}

const RESERVED = 'Everything is reserved for you and will be on its way soon.';
const DELAYED = 'Some items are not reserved yet. They follow as soon as the warehouse has confirmed them.';
