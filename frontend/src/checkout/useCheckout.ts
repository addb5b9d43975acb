import { useState } from 'react';
import { useUserAction } from '../actions/useUserAction';
import type { ApiError } from '../api/errors';
import * as shop from '../api/shop';
import type { PaymentMethod, Quote } from '../api/types';
import type { CartLine } from '../cart/cart';
import { country } from '../session/country';
import { sum } from '../session/format';
import { session } from '../session/session';
import { useStore } from '../storage/useStore';
import { attempts, fingerprint, type Attempt } from './attempts';
import { couponCode, draft, isCouponCode, type Draft } from './draft';
import type { Outcome } from './outcome';
import { failureOf, pay } from './pay';

/** A quote with the coupon code that was sent, empty for none. */
export interface PricedCart {
  asked: string;
  quote: Quote;
}

export interface Checkout {
  chosen: Draft;
  choose: (method: PaymentMethod) => void;
  typeCoupon: (text: string) => void;
  priced: PricedCart | null;
  /** The quote, if it is for this cart and this coupon; null if there is none. */
  quote: Quote | null;
  applyCoupon: (code: string) => void;
  isApplying: boolean;
  /** The typed text is not a coupon code. */
  couponIsMalformed: boolean;
  order: () => void;
  isPaying: boolean;
  /** Repeats the attempt of unknown outcome with its key. */
  followUp: () => void;
  /** The current payment is such a repeat. */
  isFollowUp: boolean;
  outcome: Outcome | null;
  /** The attempt of unknown outcome, unless the cart has changed since. */
  unknown: Attempt | undefined;
  /** The cart has changed since the attempt, so the next payment is a new purchase. */
  isOvertaken: boolean;
  error: ApiError | null;
}

export function useCheckout(lines: readonly CartLine[], first: PricedCart | null): Checkout {
  const { userId } = useStore(session);
  const code = useStore(country);
  const chosen = useStore(draft);
  useStore(attempts);
  const [priced, setPriced] = useLatest(first);
  const [malformed, setMalformed] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isFollowUp, setFollowUp] = useState(false);
  const cart = fingerprint(lines);
  const attempt = attempts.of(userId);
  const isOvertaken = attempt !== undefined && lines.length > 0 && attempt.cart !== cart;

  const paying = useUserAction('shop.checkout', async (action, begin: () => Begun) => {
    // Here and not in the click's handler: a click that is ignored must not leave an attempt.
    const { attempt: sent, isRepeat } = begin();
    const result = await pay(action, sent, isRepeat);
    if (result.kind === 'not-processed') throw result.error;
    if (result.kind === 'confirmed') draft.clear();
    setOutcome(result);
    return failureOf(result);
  });
  const applying = useUserAction('shop.apply_coupon', async (action, coupon: string) => {
    setPriced({ asked: coupon, quote: await shop.quote(action, coupon || undefined) });
  });

  /** Sets the field's error if the text is not a coupon code. */
  const checkCoupon = (coupon: string) => {
    setMalformed(!isCouponCode(coupon));
    return isCouponCode(coupon);
  };
  return {
    chosen,
    choose: (method) => draft.change({ method }),
    typeCoupon: (coupon) => {
      setMalformed(false);
      draft.change({ coupon });
      if (couponCode(coupon) === '' && priced?.asked) applying.run('');
    },
    priced,
    quote: priced && isCurrent(priced, lines, chosen) ? priced.quote : null,
    applyCoupon: (typed) => {
      draft.change({ coupon: typed });
      if (checkCoupon(couponCode(typed))) applying.run(couponCode(typed));
    },
    isApplying: applying.isRunning,
    couponIsMalformed: malformed,
    order: () => {
      const coupon = couponCode(chosen.coupon);
      if (!userId || !checkCoupon(coupon)) return;
      const request = {
        payment_method: chosen.method,
        country: code,
        ...(coupon && { coupon_code: coupon }),
      };
      setFollowUp(false);
      paying.run(() => attempts.begin(userId, cart, request));
    },
    isPaying: paying.isRunning,
    followUp: () => {
      if (!attempt) return;
      setFollowUp(true);
      paying.run(() => ({ attempt, isRepeat: true }));
    },
    isFollowUp,
    outcome,
    unknown: isOvertaken ? undefined : attempt,
    isOvertaken,
    error: paying.error ?? applying.error,
  };
}

interface Begun {
  attempt: Attempt;
  isRepeat: boolean;
}

/** A quote for something else would show a total that is not the one that is charged. */
function isCurrent({ asked, quote }: PricedCart, lines: readonly CartLine[], chosen: Draft): boolean {
  const subtotal = sum(lines.map((line) => line.price * line.quantity));
  return asked === couponCode(chosen.coupon) && sum([quote.subtotal]) === subtotal;
}

/** State that is reset when the page's data is loaded again, because the cart may have changed. */
function useLatest<T>(loaded: T) {
  const [last, setLast] = useState(loaded);
  const [value, setValue] = useState(loaded);
  if (last !== loaded) {
    setLast(loaded);
    setValue(loaded);
  }
  return [value, setValue] as const;
}
