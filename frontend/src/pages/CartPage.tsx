import { Link } from 'react-router';
import { useUserAction } from '../actions/useUserAction';
import { changeQuantity, removeItem, type CartLine } from '../cart/cart';
import { MAX_QUANTITY } from '../cart/localCart';
import { useCart, type CartView } from '../cart/useCart';
import { CartRow } from '../components/CartRow';
import { ErrorNotice } from '../components/ErrorNotice';
import { notify } from '../components/notices';
import { Page } from '../components/Page';
import { UnmergedNote } from '../components/UnmergedNote';
import { UnknownPaymentNote } from '../components/UnknownPaymentNote';
import { country, countryPath } from '../session/country';
import { price } from '../session/format';
import { loginPath } from '../session/loginPath';
import { session } from '../session/session';
import { useStore } from '../storage/useStore';

export function CartPage() {
  const cart = useCart();
  const change = useUserAction('shop.change_quantity', (action, line: CartLine, quantity: number) => {
    action.set('product.id', line.productId);
    return changeQuantity(action, line, Math.min(quantity, MAX_QUANTITY));
  });
  const remove = useUserAction('shop.remove_item', async (action, line: CartLine) => {
    action.set('product.id', line.productId);
    await removeItem(action, line);
    notify({ text: `${line.name} was removed from your cart.` });
    document.querySelector<HTMLElement>('main h1')?.focus();
  });
  const error = change.error ?? remove.error;
  const isBusy = change.isRunning || remove.isRunning;
  return (
    <Page title="Your cart">
      <UnknownPaymentNote />
      <ExpiredNote />
      <UnmergedNote />
      {error && <ErrorNotice error={error} />}
      {cart.lines.length === 0 ? (
        <EmptyCart />
      ) : (
        <div className="with-aside">
          <ul className="rows">
            {cart.lines.map((line) => (
              <CartRow
                key={line.productId}
                line={line}
                isBusy={isBusy}
                onChange={change.run}
                onRemove={remove.run}
              />
            ))}
          </ul>
          <CartSummary cart={cart} />
        </div>
      )}
    </Page>
  );
}

function EmptyCart() {
  const code = useStore(country);
  return (
    <div className="empty">
      <p>Your cart is empty.</p>
      <Link className="button" to={countryPath(code)}>
        Browse products
      </Link>
    </div>
  );
}

function CartSummary({ cart }: { cart: CartView }) {
  const code = useStore(country);
  const { token } = useStore(session);
  return (
    <aside className="panel" aria-labelledby="summary">
      <h2 id="summary">Summary</h2>
      <dl className="totals">
        <dt>{cart.count === 1 ? '1 item' : `${cart.count} items`}</dt>
        <dd>{price(cart.total, code)}</dd>
        <dt>Shipping</dt>
        <dd>Free</dd>
        <dt className="grand">Subtotal</dt>
        <dd className="grand">{price(cart.total, code)}</dd>
      </dl>
      <p className="muted">Discounts and coupons are applied at checkout.</p>
      {token ? (
        <Link className="button button-wide" to="/checkout">
          Check out
        </Link>
      ) : (
        <Link className="button button-wide" to={loginPath({ pathname: '/checkout', search: '' })}>
          Log in to check out
        </Link>
      )}
    </aside>
  );
}

/** What the user had before is at main-service, and not lost. */
function ExpiredNote() {
  const { token, expired } = useStore(session);
  if (token || !expired) return null;
  return (
    <div className="notice">
      <div>
        <p>Your login has ended. The items that you had in your cart are kept.</p>
        <Link to={loginPath({ pathname: '/cart', search: '' })}>Log in to see them</Link>
      </div>
    </div>
  );
}
