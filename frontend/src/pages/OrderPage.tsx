import { Link, useLoaderData, useRevalidator } from 'react-router';
import type { Country, Order } from '../api/types';
import { discountName } from '../checkout/discountName';
import { methodName } from '../checkout/methods';
import { OrderState } from '../components/OrderState';
import { deliveryText, orderState } from '../components/orderTexts';
import { Page } from '../components/Page';
import { ProductPicture } from '../components/ProductPicture';
import { TraceLink } from '../components/TraceLink';
import { country, COUNTRY_NAMES, countryOf } from '../session/country';
import { dateTime, price, sum } from '../session/format';
import { useStore } from '../storage/useStore';

export function OrderPage() {
  const order = useLoaderData<Order>();
  const code = useStore(country);
  return (
    <Page title={`Order ${order.id}`}>
      <p className="lead">
        <OrderState order={order} />{' '}
        <span className="muted">{`Placed ${dateTime(order.created_at, code)}`}</span>
      </p>
      {orderState(order).tone === 'open' && <Unsettled />}
      <div className="with-aside">
        <Lines order={order} code={code} />
        <aside className="panel" aria-labelledby="details">
          <h2 id="details">Details</h2>
          <Totals order={order} code={code} />
          <Facts order={order} />
        </aside>
      </div>
      <TraceLink traceId={order.trace_id} of={`order ${order.id}`} at={order.created_at} />
      <p>
        <Link to="/orders">All your orders</Link>
      </p>
    </Page>
  );
}

function Lines({ order, code }: { order: Order; code: Country }) {
  return (
    <ul className="rows">
      {order.items.map((line) => (
        <li className="row" key={line.product_id}>
          <ProductPicture name={line.product_name} />
          <div className="row-name">
            <h2>{line.product_name}</h2>
            <p className="muted">{`${line.quantity} × ${price(line.price, code)}`}</p>
          </div>
          <p className="row-note">{order.status === 'confirmed' ? deliveryText(line) : ''}</p>
          <p className="row-total">{price(line.subtotal, code)}</p>
        </li>
      ))}
    </ul>
  );
}

function Totals({ order, code }: { order: Order; code: Country }) {
  return (
    <dl className="totals">
      <dt>Subtotal</dt>
      <dd>{price(sum(order.items.map((line) => line.subtotal)), code)}</dd>
      {order.discount_amount > 0 && (
        <>
          <dt>{discountName(order)}</dt>
          <dd className="discount">{price(-order.discount_amount, code)}</dd>
        </>
      )}
      <dt className="grand">Total</dt>
      <dd className="grand">{price(order.total_amount, code)}</dd>
    </dl>
  );
}

function Facts({ order }: { order: Order }) {
  const orderedFor = countryOf(order.country);
  return (
    <dl className="facts">
      <dt>Payment</dt>
      <dd>{methodName(order.payment_method)}</dd>
      {order.payment_transaction_id && (
        <>
          <dt>Transaction</dt>
          <dd>
            <code>{order.payment_transaction_id}</code>
          </dd>
        </>
      )}
      <dt>Country</dt>
      <dd>{orderedFor ? COUNTRY_NAMES[orderedFor] : order.country}</dd>
    </dl>
  );
}

function Unsettled() {
  const { revalidate, state } = useRevalidator();
  return (
    <div className="notice notice-unknown" role="status">
      <div>
        <p>This order is not settled yet. The shop goes on with it by itself.</p>
        <button
          className="button-plain"
          type="button"
          onClick={() => void revalidate()}
          disabled={state !== 'idle'}
        >
          Refresh
        </button>
      </div>
    </div>
  );
}
