import { useState, type SyntheticEvent } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { useUserAction } from '../actions/useUserAction';
import { useCart } from '../cart/useCart';
import { ErrorNotice } from '../components/ErrorNotice';
import { Page } from '../components/Page';
import { country, countryPath } from '../session/country';
import { returnPath } from '../session/loginPath';
import { session } from '../session/session';
import { signIn } from '../session/signIn';
import { useStore } from '../storage/useStore';

/** main-service's, made by its first migration. */
const DEMO_LOGINS = [
  { username: 'user123', password: 'password123' },
  { username: 'admin', password: 'admin123' },
  { username: 'test', password: 'test123' },
];

export function LoginPage() {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const login = useUserAction('shop.sign_in', async (action) => {
    await signIn(action, username.trim(), password);
    await navigate(returnPath(params, countryPath(country.get())), { replace: true });
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    login.run();
  };
  return (
    <Page title="Log in">
      <WhyNote />
      <div className="login">
        <form className="panel" onSubmit={submit}>
          {login.error && <LoginError error={login.error} />}
          <label className="field">
            <span>User name</span>
            <input
              name="username"
              autoComplete="username"
              required
              value={username}
              onChange={(event) => setUsername(event.target.value)}
            />
          </label>
          <label className="field">
            <span>Password</span>
            <input
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          <button className="button button-wide" aria-disabled={login.isRunning}>
            <span>{login.isRunning ? 'Logging in…' : 'Log in'}</span>
          </button>
        </form>
        <section className="panel panel-quiet" aria-labelledby="demo">
          <h2 id="demo">Demo logins</h2>
          <p className="muted">This shop is a demo: anyone may use these.</p>
          <ul className="demo-logins">
            {DEMO_LOGINS.map((demo) => (
              <li key={demo.username}>
                <code>{demo.username}</code>
                <code>{demo.password}</code>
                <button
                  className="button-plain"
                  type="button"
                  onClick={() => {
                    setUsername(demo.username);
                    setPassword(demo.password);
                  }}
                >
                  Use <span className="visually-hidden">{demo.username}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Page>
  );
}

/** Why the user is here, where that was not their own choice. */
function WhyNote() {
  const { token, userId, expired } = useStore(session);
  const { count } = useCart();
  const text = whyText(token ? userId : null, expired, count);
  return text ? <p className="lead">{text}</p> : null;
}

function whyText(signedInAs: string | null, expired: boolean, count: number): string {
  if (signedInAs) return `You are logged in as ${signedInAs}. You can log in as another user.`;
  if (expired) return 'Your login has ended. Log in again to go on; your cart is kept.';
  return count > 0 ? 'Log in to check out. The items in your cart come with you.' : '';
}

function LoginError({ error }: { error: Parameters<typeof ErrorNotice>[0]['error'] }) {
  if (!error.isSignedOut) return <ErrorNotice error={error} />;
  return (
    <p className="field-error" role="alert">
      Unknown user name or wrong password.
    </p>
  );
}
