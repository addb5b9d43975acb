import { Link } from 'react-router';
import type { Product } from '../api/types';
import { categoriesOf } from '../pages/filter';

/** Links, not buttons: each category has a URL. */
export function CategoryFilter({ products, chosen }: { products: Product[]; chosen: string }) {
  const categories = ['', ...categoriesOf(products)];
  return (
    <nav aria-label="Categories">
      <ul className="chips">
        {categories.map((category) => (
          <li key={category}>
            <Link
              className="chip"
              to={category ? `?${new URLSearchParams({ category }).toString()}` : '?'}
              aria-current={category === chosen ? 'true' : undefined}
              preventScrollReset
            >
              {category || 'All'}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
