import { useRevalidator } from 'react-router';
import { useCart } from '../cart/useCart';

/** Shown after a merge that failed or whose response was lost. Loading the page again repeats it with the same key. */
export function UnmergedNote() {
  const { unmerged } = useCart();
  const { revalidate, state } = useRevalidator();
  if (unmerged === 0) return null;
  return (
    <div className="notice notice-unknown" role="status">
      <div>
        <p>{`${unmerged === 1 ? '1 item' : `${unmerged} items`} from before your login may be missing.`}</p>
        <button
          className="button-plain"
          type="button"
          onClick={() => void revalidate()}
          aria-disabled={state !== 'idle'}
        >
          Add to cart now
        </button>
      </div>
    </div>
  );
}
