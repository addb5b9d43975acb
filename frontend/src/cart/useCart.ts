import { useMemo } from 'react';
import { session } from '../session/session';
import { sum } from '../session/format';
import { useStore } from '../storage/useStore';
import type { CartItem } from '../api/types';
import type { CartLine } from './cart';
import { localCart } from './localCart';
import { serverCart } from './serverCart';

export interface CartView {
  lines: CartLine[];
  total: number;
  /** The number of items, not of lines. */
  count: number;
  /** False until the user's cart has been loaded. */
  isKnown: boolean;
  /** The number of items from before the login whose merge is not confirmed. */
  unmerged: number;
}

export function useCart(): CartView {
  const { token, userId } = useStore(session);
  const local = useStore(localCart);
  const server = useStore(serverCart);
  return useMemo(() => {
    const isLocal = token === null;
    const known = server?.userId === userId ? server : null;
    const lines = isLocal
      ? local.lines.map((line) => ({ ...line, itemId: null }))
      : (known?.items ?? []).map(lineOf);
    const pending = isLocal ? [] : local.merges.filter((merge) => merge.userId === userId);
    return {
      lines,
      total: sum(lines.map((line) => line.price * line.quantity)),
      count: countOf(lines),
      isKnown: isLocal || known !== null,
      unmerged: countOf(pending.flatMap((merge) => merge.lines)),
    };
  }, [token, userId, local, server]);
}

function lineOf(item: CartItem): CartLine {
  return {
    productId: item.product_id,
    itemId: item.id,
    name: item.product_name,
    price: item.price,
    quantity: item.quantity,
  };
}

function countOf(lines: readonly { quantity: number }[]): number {
  return lines.reduce((count, line) => count + line.quantity, 0);
}
