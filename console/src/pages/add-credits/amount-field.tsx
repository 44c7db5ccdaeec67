import type { ReactElement } from 'react'
import { formatMoney } from '../../lib/money.ts'
import { Field } from '../../ui/form.tsx'
import { type Priced, presetsFor } from './order-draft.ts'
import type { Options } from './options.ts'

/** How much is bought: some amounts to choose from, any other to type. */
export function AmountField({
  value,
  onChange,
  priced,
  options,
}: {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly priced: Priced
  readonly options: Options
}): ReactElement {
  const isWrong = priced.kind === 'unfit' && value.trim() !== ''
  return (
    <div className="amount-field">
      <Field
        label="Amount"
        name="amount_usd"
        error={isWrong ? priced.why : undefined}
        hint={priced.kind === 'priced' ? `= ${formatMoney(priced.amount, 'credits')}` : 'In USD.'}
      >
        {(control) => (
          <span className="amount-input">
            <span aria-hidden="true">$</span>
            <input
              {...control}
              className="input number"
              inputMode="decimal"
              autoComplete="off"
              name="amount_usd"
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
          </span>
        )}
      </Field>
      <div className="amount-presets" role="group" aria-label="Amounts">
        {presetsFor(options).map((usd) => (
          <button
            key={String(usd)}
            type="button"
            className="button"
            aria-pressed={value.trim() === String(usd)}
            onClick={() => onChange(String(usd))}
          >
            ${String(usd)}
          </button>
        ))}
      </div>
    </div>
  )
}
