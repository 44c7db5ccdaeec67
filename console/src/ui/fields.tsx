import { type HTMLInputTypeAttribute, type ReactElement, type ReactNode, useId } from 'react'
import { formatMoney, type MilliCredits, type MoneyUnit, parseCredits, parseUsd } from '../lib/money.ts'
import { Field } from './form.tsx'
import { Icon } from './icon.tsx'

type Common = {
  readonly label: string
  readonly name?: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly optional?: boolean
}

type TextProps = Common & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly type?: HTMLInputTypeAttribute
  readonly placeholder?: string
  readonly autoComplete?: string
  readonly inputMode?: 'text' | 'numeric' | 'decimal' | 'email'
  readonly mono?: boolean
  readonly required?: boolean
  readonly maxLength?: number
  /** Where the field is what the page was opened for. */
  readonly autoFocus?: boolean
  /** What the browser offers while one types. */
  readonly suggestions?: readonly string[]
}

/** One line of text. */
export function TextField({
  label,
  name,
  hint,
  error,
  optional,
  value,
  onChange,
  suggestions,
  mono,
  ...rest
}: TextProps): ReactElement {
  const listId = useId()
  return (
    <Field {...{ label, name, hint, error, optional }}>
      {(control) => (
        <>
          <input
            {...control}
            {...rest}
            className="input"
            data-mono={mono ? '' : undefined}
            name={name}
            value={value}
            list={suggestions ? listId : undefined}
            onChange={(event) => onChange(event.target.value)}
          />
          {suggestions && (
            <datalist id={listId}>
              {suggestions.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}

type AreaProps = Common & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly rows?: number
  readonly placeholder?: string
  readonly mono?: boolean
}

/** Several lines of text. */
export function TextArea({
  label,
  name,
  hint,
  error,
  optional,
  value,
  onChange,
  rows = 3,
  placeholder,
  mono,
}: AreaProps): ReactElement {
  return (
    <Field {...{ label, name, hint, error, optional }}>
      {(control) => (
        <textarea
          {...control}
          className="input"
          data-mono={mono ? '' : undefined}
          name={name}
          rows={rows}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

type Option<Value extends string> = { readonly value: Value; readonly label: string }

type SelectProps<Value extends string> = Common & {
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly Option<Value>[]
}

/** One of several, by the browser's own list. */
export function SelectField<Value extends string>({
  label,
  name,
  hint,
  error,
  optional,
  ...select
}: SelectProps<Value>): ReactElement {
  return (
    <Field {...{ label, name, hint, error, optional }}>{(control) => <Select {...select} control={control} />}</Field>
  )
}

/** The list alone, for bars where its label is hidden. */
export function Select<Value extends string>({
  value,
  onChange,
  options,
  control,
  label,
}: {
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly Option<Value>[]
  readonly control?: object
  readonly label?: string
}): ReactElement {
  return (
    <span className="select">
      <select
        {...control}
        aria-label={label}
        className="input"
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value)
          if (chosen) onChange(chosen.value)
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </span>
  )
}

/** Yes or no, with its sentence beside it. */
export function CheckField({
  label,
  hint,
  checked,
  onChange,
}: {
  readonly label: string
  readonly hint?: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}): ReactElement {
  const id = useId()
  return (
    <div className="check">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <div id={`${id}-hint`} className="field-hint">
          {hint}
        </div>
      )}
    </div>
  )
}

/** One of a few, all of them seen. */
export function Segments<Value extends string>({
  label,
  value,
  onChange,
  options,
}: {
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly Option<Value>[]
}): ReactElement {
  const name = useId()
  return (
    <fieldset className="segments">
      <legend className="hidden-text">{label}</legend>
      {options.map((option) => (
        <label key={option.value} className="segment">
          <input
            type="radio"
            className="hidden-text"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}

/** The amount that a text means in a unit; undefined for none. */
export const readMoney = (text: string, unit: MoneyUnit): MilliCredits | undefined =>
  unit === 'usd' ? parseUsd(text.replaceAll(',', '')) : parseCredits(text.replaceAll(',', ''))

type MoneyProps = Common & {
  /** As typed; `readMoney` reads it. */
  readonly value: string
  readonly onChange: (value: string) => void
  readonly unit: MoneyUnit
  readonly onUnitChange: (unit: MoneyUnit) => void
  readonly placeholder?: string
}

/** An amount in either unit; the other one is read back under it. */
export function MoneyField({
  label,
  name,
  hint,
  error,
  optional,
  value,
  onChange,
  unit,
  onUnitChange,
  placeholder,
}: MoneyProps): ReactElement {
  const amount = readMoney(value, unit)
  const wrong = value.trim() !== '' && amount === undefined ? wrongAmount[unit] : error
  const other = amount === undefined ? undefined : `= ${formatMoney(amount, unit === 'usd' ? 'credits' : 'usd')}`
  return (
    <Field
      {...{
        label,
        name,
        optional,
        error: wrong,
        hint:
          other === undefined ? (
            hint
          ) : (
            <>
              {other}
              {hint === undefined ? '' : ' · '}
              {hint}
            </>
          ),
      }}
    >
      {(control) => (
        <span className="money-field">
          <input
            {...control}
            className="input number"
            inputMode="decimal"
            autoComplete="off"
            name={name}
            value={value}
            placeholder={placeholder}
            onChange={(event) => onChange(event.target.value)}
          />
          <Select
            label={`Unit of ${label.toLowerCase()}`}
            value={unit}
            onChange={onUnitChange}
            options={[
              { value: 'credits', label: 'credits' },
              { value: 'usd', label: 'USD' },
            ]}
          />
        </span>
      )}
    </Field>
  )
}

const wrongAmount = {
  credits: 'An amount is digits with up to three decimals, such as 1000000 or 0.5.',
  usd: 'An amount is digits with decimals after a point, such as 5 or 0.02.',
} as const satisfies Record<MoneyUnit, string>
