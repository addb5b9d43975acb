import { useState } from 'react';
import { Link, useLoaderData } from 'react-router';
import { useUserAction } from '../actions/useUserAction';
import * as shop from '../api/shop';
import type { Order, OrdersPage as Orders } from '../api/types';
import { ErrorNotice } from '../components/ErrorNotice';
import { OrderState } from '../components/OrderState';
import { Page } from '../components/Page';
import { ProductPicture } from '../components/ProductPicture';
import { TraceLink } from '../components/TraceLink';
import { UnknownPaymentNote } from '../components/UnknownPaymentNote';
import { country, countryPath } from '../session/country';
import { dateTime, price } from '../session/format';
import { useStore } from '../storage/useStore';

export function OrdersPage() {
  const first = useLoaderData<Orders>();
  const [more, setMore] = useState<Orders[]>([]);
  const pages = [first, ...more];
  const orders = pages.flatMap((page) => page.orders);
  const next = pages.at(-1)?.next_before ?? null;
  const loadMore = useUserAction('shop.open_page', async (action, before: number) => {
    const page = await shop.orders(action, before);
    setMore((earlier) => [...earlier, page]);
  });
  return (
    <Page title="Your orders">
      <UnknownPaymentNote />
      {orders.length === 0 && <NoOrders />}
      <ul className="orders">
        {orders.map((order) => (
          <OrderCard key={order.id} order={order} />
        ))}
      </ul>
      {loadMore.error && <ErrorNotice error={loadMore.error} />}
      {next !== null && (
        <button className="button button-second" type="button" onClick={() => loadMore.run(next)}>
          <span>{loadMore.isRunning ? 'Loading…' : 'Show older orders'}</span>
        </button>
      )}
    </Page>
  );
}

function OrderCard({ order }: { order: Order }) {
  const code = useStore(country);
  return (
    <li className="panel order">
      <div className="order-head">
        <h2>
          <Link to={`/orders/${order.id}`}>{`Order ${order.id}`}</Link>
        </h2>
        <OrderState order={order} />
        <p className="muted">{dateTime(order.created_at, code)}</p>
        <p className="price">{price(order.total_amount, code)}</p>
      </div>
      <ul className="order-items">
        {order.items.map((line) => (
          <li key={line.product_id}>
            <ProductPicture name={line.product_name} />
            <span>{`${line.quantity} × ${line.product_name}`}</span>
          </li>
        ))}
      </ul>
      <TraceLink traceId={order.trace_id} of={`order ${order.id}`} at={order.created_at} />
    </li>
  );
}

function NoOrders() {
  const code = useStore(country);
  return (
    <div className="empty">
      <p>You have not ordered anything yet.</p>
      <Link className="button" to={countryPath(code)}>
        Browse products
      </Link>
    </div>
  );
}
