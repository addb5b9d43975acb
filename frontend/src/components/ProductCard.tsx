import { Link } from 'react-router';
import type { Country, Product } from '../api/types';
import { countryPath } from '../session/country';
import { price } from '../session/format';
import { AddToCart } from './AddToCart';
import { ProductPicture } from './ProductPicture';
import { StockLabel } from './StockLabel';

export function ProductCard({
  product,
  code,
  isFirst,
}: {
  product: Product;
  code: Country;
  isFirst: boolean;
}) {
  return (
    <li className="card">
      <ProductPicture name={product.name} category={product.category} isFirst={isFirst} />
      <div className="card-body">
        <p className="card-category">{product.category}</p>
        <h3>
          <Link className="card-link" to={`${countryPath(code)}/products/${product.id}`}>
            {product.name}
          </Link>
        </h3>
        <div className="card-facts">
          <p className="price">{price(product.price, code)}</p>
          <StockLabel stock={product.stock} />
        </div>
        <AddToCart product={product} />
      </div>
    </li>
  );
}
