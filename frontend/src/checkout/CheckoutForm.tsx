import type { SyntheticEvent } from 'react';
import type { Coupon } from '../api/types';
import type { CartLine } from '../cart/cart';
import { CouponField } from './CouponField';
import { OrderSummary } from './OrderSummary';
import { PaymentMethodField } from './PaymentMethodField';
import type { Checkout } from './useCheckout';

interface Props {
  lines: CartLine[];
  coupons: Coupon[];
  checkout: Checkout;
}

export function CheckoutForm({ lines, coupons, checkout }: Props) {
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    checkout.order();
  };
  return (
    <form className="with-aside" onSubmit={submit} aria-busy={checkout.isPaying}>
      <div className="stack">
        <PaymentMethodField chosen={checkout.chosen.method} onChoose={checkout.choose} />
        <CouponField coupons={coupons} checkout={checkout} />
      </div>
      <aside className="panel" aria-labelledby="summary">
        <h2 id="summary">Order summary</h2>
        <OrderSummary lines={lines} quote={checkout.quote} />
        <button className="button button-wide" aria-disabled={checkout.isPaying}>
          <span>{checkout.isPaying ? 'Paying…' : 'Place order and pay'}</span>
        </button>
        <p className="muted">This is a demo: about one card in fifty is declined on purpose.</p>
      </aside>
    </form>
  );
}
