/** The stock state of a product, as buyers see it. */

export type StockState = 'in-stock' | 'few-left' | 'sold-out';

/** Up to this number of items, the exact stock is shown. */
const FEW = 10;

export function stockState(stock: number): StockState {
  if (stock <= 0) return 'sold-out';
  return stock <= FEW ? 'few-left' : 'in-stock';
}

export function stockText(stock: number): string {
  const texts: Record<StockState, string> = {
    'in-stock': 'In stock',
    'few-left': `Only ${stock} left`,
    'sold-out': 'Sold out',
  };
  return texts[stockState(stock)];
}
