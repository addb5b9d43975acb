import { PAYMENT_METHODS, type PaymentMethod } from '../api/types';
import { CardIcon, WalletIcon } from '../components/icons';
import { METHOD_NAMES } from './methods';

interface Props {
  chosen: PaymentMethod;
  onChoose: (method: PaymentMethod) => void;
}

export function PaymentMethodField({ chosen, onChoose }: Props) {
  return (
    <fieldset className="panel">
      <legend>Payment method</legend>
      <div className="choices">
        {PAYMENT_METHODS.map((method) => (
          <label key={method} className="choice">
            <input
              type="radio"
              name="method"
              value={method}
              checked={method === chosen}
              onChange={() => onChoose(method)}
            />
            {method === 'paypal' ? <WalletIcon /> : <CardIcon />}
            <span>{METHOD_NAMES[method]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
