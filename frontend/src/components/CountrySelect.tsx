import { useLocation, useNavigate } from 'react-router';
import { COUNTRIES } from '../api/types';
import { country, COUNTRY_NAMES, countryOf, countryPath } from '../session/country';
import { useStore } from '../storage/useStore';

/** On a page of a country, opens the same page of another one. On other pages, changes how prices are written. */
export function CountrySelect() {
  const chosen = useStore(country);
  const { pathname, search } = useLocation();
  const navigate = useNavigate();

  const choose = (value: string) => {
    const code = countryOf(value);
    if (!code) return;
    country.set(code);
    const [, first = '', ...rest] = pathname.split('/');
    if (countryOf(first)) void navigate([countryPath(code), ...rest].join('/') + search);
  };
  return (
    <label className="country">
      <span className="visually-hidden">Country</span>
      <select value={chosen} onChange={(event) => choose(event.target.value)}>
        {COUNTRIES.map((code) => (
          <option key={code} value={code}>
            {COUNTRY_NAMES[code]}
          </option>
        ))}
      </select>
    </label>
  );
}
