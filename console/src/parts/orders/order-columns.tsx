import type { AnswerOf } from '../../api/client.ts'
import { railWords } from '../../lib/order-words.ts'
import { useMoneyHead, Money } from '../../ui/money.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { paidUsd } from './order-facts.tsx'
import { OrderState } from './order-state.tsx'

export type ListedOrder = AnswerOf<'GET /api/v1/accounts/{id}/orders'>['data'][number]

/** Payments in rows. */
export function useOrderColumns(): readonly Column<ListedOrder>[] {
  const zone = useZoneName()
  const creditsHead = useMoneyHead('Bought')
  return [
    { id: 'at', head: `Begun, ${zone}`, cell: ({ created_at: at }) => <Time at={at} /> },
    { id: 'rail', head: 'By', cell: ({ rail }) => railWords[rail] },
    { id: 'state', head: 'State', cell: (order) => <OrderState order={order} /> },
    {
      id: 'last',
      head: 'Last',
      priority: 2,
      cell: ({ timeline }) => <span className="soft">{timeline.at(-1)?.words}</span>,
    },
    { id: 'total', head: 'Total, USD', align: 'end', cell: paidUsd },
    {
      id: 'credits',
      head: creditsHead,
      align: 'end',
      cell: ({ credits }) => <Money amount={credits} bare />,
    },
  ]
}
