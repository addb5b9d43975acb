import { Link } from 'react-router';
import type { CartLine } from '../cart/cart';
import { MAX_QUANTITY } from '../cart/localCart';
import { country, countryPath } from '../session/country';
import { price, sum } from '../session/format';
import { useStore } from '../storage/useStore';
import { ProductPicture } from './ProductPicture';
import { QuantityField } from './QuantityField';

interface Props {
  line: CartLine;
  isBusy: boolean;
  onChange: (line: CartLine, quantity: number) => void;
  onRemove: (line: CartLine) => void;
}

export function CartRow({ line, isBusy, onChange, onRemove }: Props) {
  const code = useStore(country);
  return (
    <li className="row">
      <ProductPicture name={line.name} />
      <div className="row-name">
        <h2>
          <Link to={`${countryPath(code)}/products/${line.productId}`}>{line.name}</Link>
        </h2>
        <p className="muted">{`${price(line.price, code)} each`}</p>
      </div>
      <QuantityField
        label={`Quantity of ${line.name}`}
        name={line.name}
        value={line.quantity}
        max={MAX_QUANTITY}
        isBusy={isBusy}
        onChange={(quantity) => onChange(line, quantity)}
      />
      <p className="row-total">{price(sum([line.price * line.quantity]), code)}</p>
      <button className="button-plain" type="button" onClick={() => onRemove(line)} aria-disabled={isBusy}>
        Remove <span className="visually-hidden">{line.name}</span>
      </button>
    </li>
  );
}
