import { Link } from 'react-router';
import { FocusedHeading } from '../components/FocusedHeading';
import { AlertIcon } from '../components/icons';
import { TraceLink } from '../components/TraceLink';
import type { FinalProblem, Outcome } from './outcome';

interface Words {
  title: string;
  /** What the user can do now. */
  advice: string;
  link?: { to: string; text: string };
}

const WORDS: Readonly<Record<FinalProblem, Words>> = {
  'payment-declined': {
    title: 'Your payment was declined',
    advice: 'Nothing was charged, and your cart is as before. Choose another payment method and pay again.',
  },
  'sold-out': {
    title: 'An item is sold out',
    advice: 'Nothing was charged. Change the quantity in your cart, then check out again.',
    link: { to: '/cart', text: 'Change your cart' },
  },
  'order-cancelled': {
    title: 'Your order was cancelled',
    advice: 'An item turned out to be sold out. The charge was taken back.',
    link: { to: '/orders', text: 'Your orders' },
  },
  'cart-empty': {
    title: 'Your cart is empty',
    advice: 'You may have placed the order in another tab.',
    link: { to: '/orders', text: 'Your orders' },
  },
  'coupon-not-valid': {
    title: 'The coupon is not valid',
    advice: 'Nothing was charged. Remove the coupon or enter another one, then pay again.',
  },
  'coupon-unavailable': {
    title: 'The coupon can’t be checked at the moment',
    advice: 'Nothing was charged. Pay again in a moment, or remove the coupon.',
  },
  'payment-unavailable': {
    title: 'Payment is not possible at the moment',
    advice: 'Nothing was charged, and your cart is as before. Please pay again in a moment.',
  },
  'idempotency-conflict': {
    title: 'The payment could not be repeated',
    advice: 'Check your orders before you pay again.',
    link: { to: '/orders', text: 'Your orders' },
  },
};

/** A final outcome without an order. */
export function RejectedPayment({ outcome }: { outcome: Extract<Outcome, { kind: 'rejected' }> }) {
  const { title, advice, link } = WORDS[outcome.problem];
  return (
    <section className="notice notice-error">
      <AlertIcon />
      <div>
        <FocusedHeading level={2}>{title}</FocusedHeading>
        {isSpecific(outcome.problem) && <p>{outcome.detail}</p>}
        <p>{advice}</p>
        {link && <Link to={link.to}>{link.text}</Link>}
        <TraceLink traceId={outcome.traceId} of="the payment" />
      </div>
    </section>
  );
}

/** Problems whose detail names the item or the reason. The other details repeat the title. */
function isSpecific(problem: FinalProblem): boolean {
  return problem === 'sold-out' || problem === 'coupon-not-valid';
}
