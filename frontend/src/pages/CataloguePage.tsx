import { useState } from 'react';
import { useLoaderData, useSearchParams } from 'react-router';
import type { Product } from '../api/types';
import { CategoryFilter } from '../components/CategoryFilter';
import { Hero } from '../components/Hero';
import { SearchIcon } from '../components/icons';
import { ProductCard } from '../components/ProductCard';
import { country, COUNTRY_NAMES } from '../session/country';
import { useStore } from '../storage/useStore';
import { matching } from './filter';

/** Above this the pictures are not in sight at first. */
const FIRST_ROW = 4;

export function CataloguePage() {
  const products = useLoaderData<Product[]>();
  const code = useStore(country);
  const [params] = useSearchParams();
  const [search, setSearch] = useState('');
  const category = params.get('category') ?? '';
  const shown = matching(products, category, search);
  return (
    <div>
      <title>{`All products for ${COUNTRY_NAMES[code]} · webstore`}</title>
      <Hero />
      <section className="catalogue" aria-labelledby="products">
        <div className="catalogue-tools">
          <h2 id="products">Products</h2>
          <CategoryFilter products={products} chosen={category} />
          <label className="search">
            <span className="visually-hidden">Search products</span>
            <SearchIcon />
            <input
              type="search"
              placeholder="Search products"
              value={search}
              onChange={(event) => setSearch(event.target.value)}
            />
          </label>
        </div>
        <p className="muted" role="status">
          {shown.length === 1 ? '1 product' : `${shown.length} products`}
        </p>
        <ul className="cards">
          {shown.map((product, index) => (
            <ProductCard key={product.id} product={product} code={code} isFirst={index < FIRST_ROW} />
          ))}
        </ul>
        {shown.length === 0 && <p className="empty">No product matches. Try another word or category.</p>}
      </section>
    </div>
  );
}
