import type { Product } from '../api/types';

/** Every word has to be in the name or the category; an empty category is all of them. */
export function matching(products: readonly Product[], category: string, search: string): Product[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return products.filter((product) => {
    const text = `${product.name} ${product.category}`.toLowerCase();
    return (category === '' || product.category === category) && words.every((word) => text.includes(word));
  });
}

export function categoriesOf(products: readonly Product[]): string[] {
  return [...new Set(products.map((product) => product.category))].sort();
}
