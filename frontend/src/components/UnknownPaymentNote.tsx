import { Link } from 'react-router';
import { attempts } from '../checkout/attempts';
import { session } from '../session/session';
import { useStore } from '../storage/useStore';

/** A warning before the user buys the same items again. */
export function UnknownPaymentNote() {
  const { token, userId } = useStore(session);
  useStore(attempts);
  if (!token || !attempts.of(userId)) return null;
  return (
    <div className="notice notice-unknown">
      <div>
        <p>We don’t know yet whether your last order was placed.</p>
        <Link to="/checkout">Find out now</Link>
      </div>
    </div>
  );
}
