import { type ReactElement, useState } from 'react'
import type { MilliCredits, MoneyUnit } from '../../lib/money.ts'
import { MoneyField, readMoney, TextField } from '../../ui/fields.tsx'

export type MovementDraft = {
  /** Undefined while what is typed is no amount. */
  readonly amount: MilliCredits | undefined
  readonly note: string
  /** Why it cannot be posted yet. */
  readonly missing: string | undefined
  readonly fields: ReactElement
}

/** How much, and what for: what every movement that the operator posts by hand has to say. */
export function useMovementDraft(begin: {
  readonly amount: string
  readonly unit: MoneyUnit
  readonly hint?: string
}): MovementDraft {
  const [unit, setUnit] = useState(begin.unit)
  const [amountText, setAmountText] = useState(begin.amount)
  const [note, setNote] = useState('')
  const amount = readMoney(amountText, unit)
  return {
    amount,
    note,
    missing: missingOf(amount, note),
    fields: (
      <>
        <MoneyField
          label="Amount"
          name="credits"
          value={amountText}
          onChange={setAmountText}
          unit={unit}
          onUnitChange={setUnit}
        />
        <TextField
          label="Reason"
          name="reason"
          hint={begin.hint ?? 'The account sees it in its ledger.'}
          value={note}
          onChange={setNote}
          maxLength={200}
          autoComplete="off"
        />
      </>
    ),
  }
}

function missingOf(amount: MilliCredits | undefined, note: string): string | undefined {
  if (amount === undefined || amount <= 0n) return 'Say how much: more than nothing.'
  return note.trim() === '' ? 'Say what for.' : undefined
}
