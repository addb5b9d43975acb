import { Link, useLoaderData } from 'react-router';
import type { Coupon } from '../api/types';
import type { CartLine } from '../cart/cart';
import { useCart } from '../cart/useCart';
import { CheckoutForm } from '../checkout/CheckoutForm';
import { Confirmation } from '../checkout/Confirmation';
import { RejectedPayment } from '../checkout/RejectedPayment';
import { UnknownPayment } from '../checkout/UnknownPayment';
import { useCheckout, type Checkout } from '../checkout/useCheckout';
import { ErrorNotice } from '../components/ErrorNotice';
import { Page } from '../components/Page';
import { UnmergedNote } from '../components/UnmergedNote';
import type { CheckoutPageData } from './loaders';

export function CheckoutPage() {
  const { priced, coupons } = useLoaderData<CheckoutPageData>();
  const { lines } = useCart();
  const checkout = useCheckout(lines, priced);
  const { outcome } = checkout;
  if (outcome?.kind === 'confirmed')
    return <Confirmation result={outcome.result} traceId={outcome.traceId} />;
  return (
    <Page title="Checkout">
      <div aria-live="polite">
        <LastPayment checkout={checkout} />
      </div>
      {!showsUnknown(checkout) && <NextPayment lines={lines} coupons={coupons} checkout={checkout} />}
    </Page>
  );
}

/** What became of the payment before. */
function LastPayment({ checkout }: { checkout: Checkout }) {
  const { outcome, unknown, isPaying } = checkout;
  if (unknown && showsUnknown(checkout)) {
    return (
      <UnknownPayment
        attempt={unknown}
        onFollowUp={checkout.followUp}
        isBusy={isPaying}
        error={checkout.error}
      />
    );
  }
  if (isPaying) return null;
  if (outcome?.kind === 'rejected') return <RejectedPayment key={outcome.traceId} outcome={outcome} />;
  return checkout.isOvertaken ? <OvertakenNote /> : null;
}

interface NextPaymentProps {
  lines: CartLine[];
  coupons: Coupon[];
  checkout: Checkout;
}

function NextPayment({ lines, coupons, checkout }: NextPaymentProps) {
  if (lines.length === 0) return checkout.outcome ? null : <NothingToBuy />;
  return (
    <>
      <UnmergedNote />
      {checkout.error && <ErrorNotice error={checkout.error} />}
      <CheckoutForm lines={lines} coupons={coupons} checkout={checkout} />
    </>
  );
}

/** While the form's own payment is on its way, its attempt is no news: the form says that it is being paid. */
function showsUnknown({ unknown, isPaying, isFollowUp }: Checkout): boolean {
  return unknown !== undefined && (!isPaying || isFollowUp);
}

function OvertakenNote() {
  return (
    <div className="notice notice-unknown">
      <div>
        <p>
          We don’t know whether your last order was placed, and your cart has changed since. Check your orders
          before you pay.
        </p>
        <Link to="/orders">Your orders</Link>
      </div>
    </div>
  );
}

function NothingToBuy() {
  return (
    <>
      <UnmergedNote />
      <div className="empty">
        <p>Your cart is empty.</p>
        <Link className="button" to="/orders">
          Your orders
        </Link>
      </div>
    </>
  );
}
