import { toUsd } from '../../core/money.ts'
import type { MailNews } from '../../mails/index.ts'
import { wordsOf } from './words.ts'
import { dataOf } from './timeline.ts'
import type { Order, OrderEvent, OwnEvent } from './types.ts'

const subjects: Readonly<Partial<Record<(OrderEvent | OwnEvent)['kind'], string>>> = {
  refund_refused: 'A refund came to nothing',
  refund_failed: 'A refund came to nothing',
  disputed: 'A payment is disputed',
  reversed: 'A payment was taken back',
}

/** What those who look after an account are mailed of what happened to a payment; `undefined`: nothing. */
export function problemMailOf(before: Order, after: Order, event: OrderEvent | OwnEvent): MailNews | undefined {
  const { id, accountId, state } = after
  const isOff = before.state !== state && (state === 'underpaid' || state === 'late' || state === 'overpaid')
  const subject = subjects[event.kind] ?? (isOff ? 'A payment was not what was agreed' : undefined)
  if (subject === undefined) return undefined
  return {
    ...{ accountId, kind: 'payment_problem', crossing: `order:${id}:${event.key}`, subject },
    lines: [
      wordsOf({ kind: event.kind, state, data: dataOf(event, before) }, after),
      `Payment ${id} of ${after.createdAt.toISOString().slice(0, 10)}, ${toUsd(after.amount)} USD of credits.`,
    ],
  }
}
