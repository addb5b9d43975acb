import type { KeyboardEvent } from 'react';
import type { Country, Coupon } from '../api/types';
import { country } from '../session/country';
import { price } from '../session/format';
import { useStore } from '../storage/useStore';
import { couponCode } from './draft';
import type { Checkout, PricedCart } from './useCheckout';

export function CouponField({ coupons, checkout }: { coupons: Coupon[]; checkout: Checkout }) {
  const typed = checkout.chosen.coupon;
  const hint = hintOf(typed, checkout.priced, checkout.couponIsMalformed);
  const applyOnEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    // In this field, Enter applies the coupon and does not place the order.
    event.preventDefault();
    checkout.applyCoupon(typed);
  };
  return (
    <section className="panel" aria-labelledby="coupon-heading">
      <h2 id="coupon-heading">Coupon</h2>
      <div className="coupon">
        <label className="field">
          <span>Coupon code</span>
          <input
            name="coupon"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            value={typed}
            aria-describedby="coupon-hint"
            aria-invalid={hint.isError}
            onChange={(event) => checkout.typeCoupon(event.target.value)}
            onKeyDown={applyOnEnter}
          />
        </label>
        <button
          className="button button-second"
          type="button"
          onClick={() => checkout.applyCoupon(typed)}
          aria-disabled={checkout.isApplying}
        >
          Apply
        </button>
        {typed !== '' && (
          <button className="button-plain" type="button" onClick={() => checkout.applyCoupon('')}>
            Remove coupon
          </button>
        )}
      </div>
      <p id="coupon-hint" role="status" className={hint.isError ? 'field-error' : 'field-hint'}>
        <span>{hint.text}</span>
      </p>
      {coupons.length > 0 && <AvailableCoupons coupons={coupons} onUse={checkout.applyCoupon} />}
    </section>
  );
}

function AvailableCoupons({ coupons, onUse }: { coupons: Coupon[]; onUse: (code: string) => void }) {
  const code = useStore(country);
  return (
    <>
      <h3>Available coupons</h3>
      <ul className="coupons">
        {coupons.map((coupon) => (
          <li key={coupon.code}>
            <code>{coupon.code}</code>
            <span>{couponText(coupon, code)}</span>
            <button className="button-plain" type="button" onClick={() => onUse(coupon.code)}>
              Use <span className="visually-hidden">{coupon.code}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function couponText({ discountType, discountValue, minAmount }: Coupon, code: Country): string {
  const worth = discountType === 'percentage' ? `${discountValue}%` : price(discountValue, code);
  return `${worth} off orders from ${price(minAmount, code)}`;
}

/** The result of the last quote, if it was for this code. */
function hintOf(
  typed: string,
  priced: PricedCart | null,
  isMalformed: boolean,
): { text: string; isError: boolean } {
  if (isMalformed) return { text: 'A coupon code has 3 to 32 letters and digits.', isError: true };
  if (typed.trim() === '') return { text: '', isError: false };
  if (priced?.asked !== couponCode(typed))
    return { text: 'Press Apply to see the discount.', isError: false };
  return { text: priced.quote.message, isError: priced.quote.discount_outcome !== 'applied' };
}
