import type { Stripe } from 'stripe'
import { isUuid, type Uuid } from '../../../core/ids.ts'

/** Whom an event is about, as the object itself says when it is read at Stripe. */
export type Meant =
  | { readonly kind: 'order'; readonly orderId: Uuid; readonly sessionId?: string; readonly intentId?: string }
  /** A card was given for later payments. */
  | { readonly kind: 'card'; readonly customerId: string; readonly cardId: string; readonly isForAutoTopUp: boolean }
  /** A card is not there any more. */
  | { readonly kind: 'card-gone'; readonly cardId: string }
  /** Not ours: other programs may use the same account at Stripe. */
  | { readonly kind: 'nobody' }

/** What we write on every payment, and read back. */
export const orderKey = 'redpill_order'
export const purposeKey = 'redpill_purpose'
export const autoTopUpPurpose = 'auto-top-up'

export const nobody: Meant = { kind: 'nobody' }

export function orderIn(metadata: Stripe.Metadata | null | undefined): Uuid | undefined {
  const id = metadata?.[orderKey]
  return id !== undefined && isUuid(id) ? id : undefined
}

/** The order that a payment was made for. */
export function meantByIntent(intent: Stripe.PaymentIntent | undefined): Meant {
  const orderId = orderIn(intent?.metadata)
  return intent && orderId !== undefined ? { kind: 'order', orderId, intentId: intent.id } : nobody
}
