import { Link } from 'react-router';
import { Page } from '../components/Page';
import { country, countryPath } from '../session/country';
import { useStore } from '../storage/useStore';

export function NotFoundPage() {
  const code = useStore(country);
  return (
    <Page title="Page not found">
      <p>There is nothing at this address. It may have been mistyped, or the product is no longer sold.</p>
      <p>
        <Link className="button" to={countryPath(code)}>
          Go to all products
        </Link>
      </p>
    </Page>
  );
}
