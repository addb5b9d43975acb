import { useState } from 'react';
import { Link, useLoaderData } from 'react-router';
import type { Product } from '../api/types';
import { MAX_QUANTITY } from '../cart/localCart';
import { AddToCart } from '../components/AddToCart';
import { ProductPicture } from '../components/ProductPicture';
import { QuantityField } from '../components/QuantityField';
import { StockLabel } from '../components/StockLabel';
import { country, countryPath, COUNTRY_NAMES } from '../session/country';
import { price } from '../session/format';
import { useStore } from '../storage/useStore';

export function ProductPage() {
  const product = useLoaderData<Product>();
  const code = useStore(country);
  return (
    <article className="product">
      <title>{`${product.name} · webstore`}</title>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to={countryPath(code)}>All products</Link>
        <span aria-hidden="true">/</span>
        <Link to={`${countryPath(code)}?${new URLSearchParams({ category: product.category }).toString()}`}>
          {product.category}
        </Link>
      </nav>
      <ProductPicture
        name={product.name}
        category={product.category}
        alt={`Drawing: ${product.name}`}
        isFirst
      />
      <div className="product-facts">
        <p className="card-category">{product.category}</p>
        <h1 tabIndex={-1}>{product.name}</h1>
        <p className="price price-large">{price(product.price, code)}</p>
        <StockLabel stock={product.stock} />
        <Purchase key={product.id} product={product} />
        <dl className="facts">
          <dt>Ships to</dt>
          <dd>{COUNTRY_NAMES[code]}</dd>
          <dt>Payment</dt>
          <dd>Credit card, debit card or PayPal, in US dollars</dd>
          <dt>Item number</dt>
          <dd>{product.id}</dd>
        </dl>
      </div>
    </article>
  );
}

function Purchase({ product }: { product: Product }) {
  const [quantity, setQuantity] = useState(1);
  return (
    <div className="purchase">
      {product.stock > 0 && (
        <QuantityField
          label={`Quantity of ${product.name}`}
          name={product.name}
          value={quantity}
          max={Math.min(product.stock, MAX_QUANTITY)}
          onChange={setQuantity}
        />
      )}
      <AddToCart product={product} quantity={quantity} />
    </div>
  );
}
