/** The user's cart as of main-service's last response; null before the first one. */

import type { Cart, CartItem } from '../api/types';
import { sum } from '../session/format';
import { inMemory } from '../storage/persisted';

export interface ServerCart {
  userId: string;
  items: CartItem[];
}

const store = inMemory<ServerCart | null>(null);

export const serverCart = {
  ...store,

  of(userId: string | null): ServerCart | null {
    const current = store.get();
    return current?.userId === userId ? current : null;
  },

  show(userId: string, cart: Pick<Cart, 'items'>): void {
    store.set({ userId, items: cart.items });
  },

  /** Adds or replaces an item. */
  put(userId: string, item: Omit<CartItem, 'subtotal'>): void {
    const current = serverCart.of(userId);
    if (!current) return;
    const changed = { ...item, subtotal: sum([item.price * item.quantity]) };
    const isNew = current.items.every((other) => other.id !== item.id);
    const items = current.items.map((other) => (other.id === item.id ? changed : other));
    store.set({ userId, items: isNew ? [...items, changed] : items });
  },

  drop(userId: string, itemId: number): void {
    const current = serverCart.of(userId);
    if (current) store.set({ userId, items: current.items.filter((item) => item.id !== itemId) });
  },

  forget(): void {
    store.set(null);
  },
};
