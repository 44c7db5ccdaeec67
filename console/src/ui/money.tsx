import type { ClipboardEvent, ReactElement } from 'react'
import { credits, exactMoney, formatMoney, type MilliCredits, type MoneyUnit } from '../lib/money.ts'
import { usePreference } from './preferences.ts'

type Amount = MilliCredits | string
const amountOf = (amount: Amount): MilliCredits => (typeof amount === 'string' ? credits(amount) : amount)
const otherUnit = { credits: 'usd', usd: 'credits' } as const satisfies Record<MoneyUnit, MoneyUnit>

/** An amount in the reader's unit. Every digit, in both units, is in its title and in what is copied of it. */
export function Money({ amount, sign }: { readonly amount: Amount; readonly sign?: boolean }): ReactElement {
  const unit = usePreference('unit')
  const exact = amountOf(amount)
  return (
    <data
      className="money"
      value={exact.toString()}
      title={exactMoney(exact)}
      onCopy={(event) => copyExact(event, exact)}
    >
      {sign && exact > 0n ? '+' : ''}
      {formatMoney(exact, unit)}
    </data>
  )
}

/** An amount in the reader's unit with the other one beside it. */
export function MoneyBoth({ amount }: { readonly amount: Amount }): ReactElement {
  const unit = usePreference('unit')
  return (
    <span className="money-both">
      <Money amount={amount} /> <span className="soft">{formatMoney(amountOf(amount), otherUnit[unit])}</span>
    </span>
  )
}

/** Copying the whole of an amount copies all of its digits; copying a part of it, or more around it, copies what is seen. */
function copyExact(event: ClipboardEvent<HTMLDataElement>, amount: MilliCredits) {
  const seen = event.currentTarget.textContent.trim()
  if (window.getSelection()?.toString().trim() !== seen) return
  event.clipboardData.setData('text/plain', exactMoney(amount))
  event.preventDefault()
}
