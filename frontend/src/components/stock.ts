/** How much the buyer needs to know of the stock. */

export type StockState = 'in-stock' | 'few-left' | 'sold-out';

/** Soon sold out: a reason to decide now. */
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
