import type { Quote } from '../api/types';
import type { CartLine } from '../cart/cart';
import { discountName } from './discountName';
import { country } from '../session/country';
import { price, sum } from '../session/format';
import { useStore } from '../storage/useStore';

interface Props {
  lines: CartLine[];
  /** Null without a quote for this cart and coupon. The order may still get a discount. */
  quote: Quote | null;
}

export function OrderSummary({ lines, quote }: Props) {
  const code = useStore(country);
  const costs = quote ?? withoutDiscount(sum(lines.map((line) => line.price * line.quantity)));
  return (
    <>
      <ul className="summary-lines">
        {lines.map((line) => (
          <li key={line.productId}>
            <span>{`${line.quantity} × ${line.name}`}</span>
            <span>{price(sum([line.price * line.quantity]), code)}</span>
          </li>
        ))}
      </ul>
      <dl className="totals">
        <dt>Subtotal</dt>
        <dd>{price(costs.subtotal, code)}</dd>
        {costs.discount > 0 && (
          <>
            <dt>{discountName(costs)}</dt>
            <dd className="discount">{price(-costs.discount, code)}</dd>
          </>
        )}
        <dt>Shipping</dt>
        <dd>Free</dd>
        <dt className="grand">Total</dt>
        <dd className="grand">{price(costs.total, code)}</dd>
      </dl>
      {!quote && <p className="muted">This total is without discounts.</p>}
    </>
  );
}

function withoutDiscount(subtotal: number) {
  return { subtotal, discount: 0, total: subtotal, coupon_code: null, promotion_code: null };
}
