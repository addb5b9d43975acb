import { Link } from 'react-router';
import { attempts } from '../checkout/attempts';
import { session } from '../session/session';
import { useStore } from '../storage/useStore';

/** Before the user buys the same again. */
export function UnknownPaymentNote() {
  const { token, userId } = useStore(session);
  useStore(attempts);
  if (!token || !attempts.of(userId)) return null;
  return (
    <div className="notice notice-unknown">
      <div>
        <p>We do not know yet whether your last order was placed.</p>
        <Link to="/checkout">Find out now</Link>
      </div>
    </div>
  );
}
