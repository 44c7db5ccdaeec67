import { formatUsd, parseUsd } from '../../lib/money.ts'
import { usd } from '../../parts/orders/order-facts.tsx'
import type { Order } from '../../parts/orders/order.ts'

export type Question = Order['questions'][number]

/** What was to be paid; nothing was agreed of money that came by itself. */
export const agreedText = ({ amount_usd: amount, total_usd: total }: Pick<Order, 'amount_usd' | 'total_usd'>): string =>
  Number(amount) === 0 ? 'Nothing' : usd(total)

/** How much a question is about. Of what came in another currency only the most that it can be is known. */
export function waitingText({ waiting_usd: waiting, asks_worth: asksWorth }: Question): string {
  if (Number(waiting) === 0) return 'Nothing'
  return asksWorth ? `Up to ${usd(waiting)}` : usd(waiting)
}

/** The same of all questions of an order. */
export function waitsText({ questions }: Pick<Order, 'questions'>): string {
  const [first, ...more] = questions
  if (!first) return usd('0')
  if (more.length === 0) return waitingText(first)
  return formatUsd(questions.reduce((sum, { waiting_usd: waiting }) => sum + (parseUsd(waiting) ?? 0n), 0n))
}
