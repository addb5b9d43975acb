import { Link, NavLink, useNavigate } from 'react-router';
import { signOut } from '../session/signIn';
import { useUserAction } from '../actions/useUserAction';
import { country, countryPath } from '../session/country';
import { session } from '../session/session';
import { useCart } from '../cart/useCart';
import { useStore } from '../storage/useStore';
import logo from '../assets/logo.svg';
import { CountrySelect } from './CountrySelect';
import { CartIcon, OrdersIcon, UserIcon } from './icons';
import { notify } from './notices';

export function Header() {
  const code = useStore(country);
  const { token, userId } = useStore(session);
  return (
    <header className="header">
      <div className="header-inner">
        <Link className="brand" to={countryPath(code)}>
          <img src={logo} alt="" width="32" height="32" />
          <span>webstore</span>
        </Link>
        <CountrySelect />
        <nav className="account-nav" aria-label="Account">
          {token ? <SignedIn userId={userId ?? ''} /> : <SignedOut />}
          <CartLink />
        </nav>
      </div>
    </header>
  );
}

function SignedOut() {
  return (
    <NavLink className="nav-link" to="/login">
      <UserIcon />
      <span>Log in</span>
    </NavLink>
  );
}

function SignedIn({ userId }: { userId: string }) {
  const code = useStore(country);
  const navigate = useNavigate();
  const leave = useUserAction('shop.sign_out', async (action) => {
    await signOut(action);
    notify({ text: 'You are logged out.', stays: true });
    // The current page may show the user's data.
    await navigate(countryPath(code));
  });
  return (
    <>
      <NavLink className="nav-link" to="/orders">
        <OrdersIcon />
        <span>Orders</span>
      </NavLink>
      <button className="nav-link" type="button" onClick={leave.run} disabled={leave.isRunning}>
        <UserIcon />
        <span>
          Log out <span className="visually-hidden">{userId}</span>
        </span>
      </button>
    </>
  );
}

function CartLink() {
  const { count, isKnown } = useCart();
  const label = count === 1 ? '1 item' : `${count} items`;
  return (
    <NavLink className="nav-link" to="/cart">
      <CartIcon />
      <span>Cart</span>
      {isKnown && count > 0 && (
        <span className="badge">
          <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
          <span className="visually-hidden">{`, ${label}`}</span>
        </span>
      )}
    </NavLink>
  );
}
