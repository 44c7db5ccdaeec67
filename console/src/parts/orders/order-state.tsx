import type { ReactElement } from 'react'
import { type Standing, wordsOfOrder } from '../../lib/order-words.ts'
import { Badge } from '../../ui/badge.tsx'

/** Where a payment stands, in a word or two; the sentence on hover and focus. */
export function OrderState({ order }: { readonly order: Standing }): ReactElement {
  const { words, tone, why } = wordsOfOrder(order)
  return (
    <Badge tone={tone} why={why}>
      {words}
    </Badge>
  )
}
