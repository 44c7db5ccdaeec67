import type { ClipboardEvent, ReactElement } from 'react'
import { credits, exactMoney, formatCredits, formatMoney, type MilliCredits, type MoneyUnit } from '../lib/money.ts'
import { usePreference } from './preferences.ts'

type Amount = MilliCredits | string
const amountOf = (amount: Amount): MilliCredits => (typeof amount === 'string' ? credits(amount) : amount)
const otherUnit = { credits: 'usd', usd: 'credits' } as const satisfies Record<MoneyUnit, MoneyUnit>

/** An amount in the reader's unit. Every digit, in both units, is in its title and in what is copied of it. */
export function Money({
  amount,
  sign,
  bare,
}: {
  readonly amount: Amount
  /** What came in is marked by a plus. */
  readonly sign?: boolean
  /** Without the word credits: in columns whose head says it (`useMoneyHead`). */
  readonly bare?: boolean
}): ReactElement {
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
      {bare && unit === 'credits' ? formatCredits(exact) : formatMoney(exact, unit)}
    </data>
  )
}

/** The head of a column of bare amounts: 'Spent, credits' or 'Spent, USD'. */
export const useMoneyHead = (name: string): string => `${name}, ${usePreference('unit') === 'usd' ? 'USD' : 'credits'}`

/** An amount in the unit that the reader did not choose, to stand under the other. */
export function MoneyOther({ amount }: { readonly amount: Amount }): ReactElement {
  const unit = usePreference('unit')
  return <span className="money">{formatMoney(amountOf(amount), otherUnit[unit])}</span>
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
