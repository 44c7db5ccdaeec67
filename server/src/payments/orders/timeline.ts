import type { JsonObject } from '../../core/json.ts'
import { toUsd } from '../../core/money.ts'
import type { Order, OrderEvent, OwnEvent } from './types.ts'

/** What the timeline keeps of an event: what its rail says of it, and its amount and reason. */
export function dataOf(event: OrderEvent | OwnEvent | { readonly kind: 'created' }, order: Order): JsonObject {
  const given = 'data' in event ? event.data : undefined
  switch (event.kind) {
    case 'created':
      return { amount_usd: toUsd(order.amount), fee_usd: toUsd(order.fee) }
    case 'received':
    case 'reversed':
    case 'refunded':
    case 'refund_failed':
    case 'refund_asked':
      return { ...given, amount_usd: toUsd(event.amount) }
    case 'refund_refused':
      return { ...given, amount_usd: toUsd(event.amount), reason: event.reason }
    case 'disputed':
      return { ...given, amount_usd: toUsd(event.amount), dispute_id: event.disputeId }
    case 'dispute_won':
    case 'dispute_lost':
      return { ...given, dispute_id: event.disputeId }
    case 'failed':
    case 'doubted':
      return { ...given, reason: event.reason }
    case 'review':
      return { ...given, reason: event.reason, ...(event.taken !== undefined && { taken: event.taken }) }
    case 'resolved':
      return { ...given, action: event.action, ...(event.amount && { amount_usd: toUsd(event.amount) }) }
    case 'began':
    case 'seen':
    case 'expired':
    case 'cancelled':
    case 'cleared':
    case 'refund_by_hand':
      return { ...given }
  }
}
