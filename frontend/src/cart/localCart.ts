/** The cart of a visitor, and merges into a user's cart that are not confirmed yet. */

import type { Country, Product } from '../api/types';
import { newIdempotencyKey } from '../api/idempotencyKey';
import { persisted } from '../storage/persisted';

/** main-service's MAX_QUANTITY. */
export const MAX_QUANTITY = 1000;

/** Has the product's name and price, so that the cart can be shown without the catalogue. */
export interface LocalLine {
  productId: number;
  name: string;
  price: number;
  quantity: number;
}

/**
 * Items to be merged into a user's cart. The key is stored before the first request and sent with each repeat, so that
 * main-service adds nothing twice after a lost response or a reload.
 */
export interface PendingMerge {
  key: string;
  userId: string;
  country: Country;
  lines: LocalLine[];
  startedAt: number;
}

export interface LocalCart {
  lines: LocalLine[];
  merges: PendingMerge[];
}

const store = persisted<LocalCart>('cart', parse);

export const localCart = {
  ...store,

  add(product: Pick<Product, 'id' | 'name' | 'price'>, quantity: number): void {
    const { lines } = store.get();
    const present = lines.find((line) => line.productId === product.id);
    const total = Math.min((present?.quantity ?? 0) + quantity, MAX_QUANTITY);
    const line = { productId: product.id, name: product.name, price: product.price, quantity: total };
    replaceLines(present ? lines.map((other) => (other === present ? line : other)) : [...lines, line]);
  },

  setQuantity(productId: number, quantity: number): void {
    replaceLines(
      store.get().lines.map((line) => (line.productId === productId ? { ...line, quantity } : line)),
    );
  },

  remove(productId: number): void {
    replaceLines(store.get().lines.filter((line) => line.productId !== productId));
  },

  /** Moves the items to a merge for this user. They don't change any more: one key stands for one request. */
  prepareMerge(userId: string, country: Country): void {
    const { lines, merges } = store.get();
    if (lines.length === 0) return;
    const merge = { key: newIdempotencyKey(), userId, country, lines, startedAt: Date.now() };
    store.set({ lines: [], merges: [...merges, merge] });
  },

  mergesOf(userId: string): PendingMerge[] {
    return store.get().merges.filter((merge) => merge.userId === userId);
  },

  finishMerge(key: string): void {
    const current = store.get();
    store.set({ ...current, merges: current.merges.filter((merge) => merge.key !== key) });
  },
};

function replaceLines(lines: LocalLine[]): void {
  store.set({ ...store.get(), lines });
}

function parse(stored: unknown): LocalCart {
  const { lines, merges } = (stored ?? {}) as Partial<Record<keyof LocalCart, unknown>>;
  return {
    lines: Array.isArray(lines) ? lines.filter(isLine) : [],
    merges: Array.isArray(merges) ? merges.filter(isMerge) : [],
  };
}

function isLine(value: unknown): value is LocalLine {
  const line = value as LocalLine | null;
  return (
    Number.isInteger(line?.productId) &&
    typeof line?.name === 'string' &&
    typeof line.price === 'number' &&
    Number.isInteger(line.quantity) &&
    line.quantity >= 1 &&
    line.quantity <= MAX_QUANTITY
  );
}

function isMerge(value: unknown): value is PendingMerge {
  const merge = value as PendingMerge | null;
  return (
    typeof merge?.key === 'string' &&
    typeof merge.userId === 'string' &&
    typeof merge.startedAt === 'number' &&
    Array.isArray(merge.lines) &&
    merge.lines.every(isLine)
  );
}
