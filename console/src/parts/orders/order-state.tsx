import type { ReactElement } from 'react'
import { orderWords } from '../../lib/order-words.ts'
import { Badge } from '../../ui/badge.tsx'
import type { Order } from './order.ts'

/** Where a payment stands, in a word or two; the sentence on hover and focus. */
export function OrderState({ state }: { readonly state: Order['state'] }): ReactElement {
  const { words, tone, why } = orderWords[state]
  return (
    <Badge tone={tone} why={why}>
      {words}
    </Badge>
  )
}
