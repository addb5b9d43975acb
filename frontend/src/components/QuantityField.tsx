import { useState, type KeyboardEvent } from 'react';

interface Props {
  /** Label of the text field. */
  label: string;
  /** Name of the product. */
  name: string;
  value: number;
  max: number;
  isBusy?: boolean;
  onChange: (quantity: number) => void;
}

/** A number between 1 and `max`. Typed text is applied on blur or Enter. */
export function QuantityField({ label, name, value, max, isBusy = false, onChange }: Props) {
  const [typed, setTyped] = useState<string | null>(null);

  const commit = () => {
    setTyped(null);
    const wanted = Number(typed);
    if (typed === null || !Number.isInteger(wanted) || wanted < 1) return;
    const quantity = Math.min(wanted, max);
    if (quantity !== value) onChange(quantity);
  };
  const commitOnEnter = (event: KeyboardEvent) => {
    if (event.key === 'Enter') commit();
  };
  return (
    <div className="quantity" role="group" aria-label={label}>
      <button type="button" onClick={() => onChange(value - 1)} disabled={value <= 1} aria-disabled={isBusy}>
        <span aria-hidden="true">−</span>
        <span className="visually-hidden">{`Decrease quantity of ${name}`}</span>
      </button>
      <input
        inputMode="numeric"
        aria-label={label}
        value={typed ?? value}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={commit}
        onKeyDown={commitOnEnter}
      />
      <button
        type="button"
        onClick={() => onChange(value + 1)}
        disabled={value >= max}
        aria-disabled={isBusy}
      >
        <span aria-hidden="true">+</span>
        <span className="visually-hidden">{`Increase quantity of ${name}`}</span>
      </button>
    </div>
  );
}
