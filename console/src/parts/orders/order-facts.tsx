import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { formatUsd, parseUsd } from '../../lib/money.ts'
import { railWords } from '../../lib/order-words.ts'
import { Facts } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Money } from '../../ui/money.tsx'
import { Time } from '../../ui/time.tsx'
import type { Order } from './order.ts'

/** An amount of dollars that the API told, for people. */
export const usd = (text: string): string => {
  const amount = parseUsd(text)
  return amount === undefined ? `$${text}` : formatUsd(amount)
}

/** What is paid in all; of what came by itself what came. */
export function paidUsd({
  amount_usd: amount,
  total_usd: total,
  received_usd: received,
}: Pick<Order, 'amount_usd' | 'total_usd' | 'received_usd'>): string {
  if (Number(amount) !== 0) return usd(total)
  return Number(received) === 0 ? 'On its way' : usd(received)
}

/** What came: in its own currency where that is not USD, and nobody has said what it is worth. */
export const cameText = ({ received_usd: received, taken }: Pick<Order, 'received_usd' | 'taken'>): string =>
  taken !== null && Number(received) === 0 ? taken : usd(received)

/** What was agreed on, and the names by which it is found elsewhere. */
export function OrderFacts({ order }: { readonly order: Order }): ReactElement {
  const facts: (readonly [string, ReactNode])[] = [
    ['Paid by', railWords[order.rail]],
    ['Credits', <Money key="credits" amount={order.credits} />],
  ]
  if (Number(order.amount_usd) === 0) facts.push(['Came', cameText(order)])
  else
    facts.push(
      ['Price', usd(order.amount_usd)],
      ['Fee', usd(order.fee_usd)],
      ['In all', usd(order.total_usd)],
      ['Came', cameText(order)],
    )
  if (Number(order.refunded_usd) > 0) facts.push(['Refunded', usd(order.refunded_usd)])
  facts.push(['Begun', <Time key="created" at={order.created_at} show="day-and-time" />])
  if (order.credited_transfer_id !== null)
    facts.push([
      'In the ledger',
      <Link key="ledger" to="/credits" search={{ direction: 'in' }}>
        what came in
      </Link>,
    ])
  facts.push(['Payment', <CopyText key="id" text={order.id} what="payment id" />])
  return <Facts facts={facts} />
}
