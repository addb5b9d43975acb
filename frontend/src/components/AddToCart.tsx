import { useUserAction } from '../actions/useUserAction';
import type { Product } from '../api/types';
import { addToCart } from '../cart/cart';
import { country } from '../session/country';
import { describe } from '../api/describe';
import { useStore } from '../storage/useStore';
import { ApiError } from '../api/errors';
import { notify } from './notices';

/** Success and failure appear in the page's notice, because a product card has no room for them. */
export function AddToCart({ product, quantity = 1 }: { product: Product; quantity?: number }) {
  const code = useStore(country);
  const add = useUserAction('shop.add_to_cart', async (action) => {
    action.set('product.id', product.id);
    action.set('country', code);
    try {
      await addToCart(action, product, quantity, code);
    } catch (error) {
      if (!(error instanceof ApiError) || error.isSignedOut) throw error;
      const { title, text } = describe(error);
      const what = error.isUncertain ? 'may not be in your cart' : 'was not added';
      notify({ text: `${product.name} ${what}. ${title}. ${text}`, traceId: error.traceId });
      return error.failure;
    }
    notify({ text: `${product.name} is in your cart.`, link: { to: '/cart', text: 'View cart' } });
    return undefined;
  });
  const isSoldOut = product.stock <= 0;
  return (
    <button
      className="button"
      type="button"
      onClick={() => add.run()}
      disabled={isSoldOut}
      aria-disabled={add.isRunning}
    >
      <span>{isSoldOut ? 'Sold out' : 'Add to cart'}</span>{' '}
      <span className="visually-hidden">{product.name}</span>
    </button>
  );
}
