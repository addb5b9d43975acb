import { stockState, stockText } from './stock';

export function StockLabel({ stock }: { stock: number }) {
  return <p className={`stock stock-${stockState(stock)}`}>{stockText(stock)}</p>;
}
