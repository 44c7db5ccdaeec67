import type { Stripe } from 'stripe'
import { objectIn } from '../snapshot.ts'
import { type Meant, meantByIntent } from './meant.ts'

/** Money that a card was charged with, or was not. */
export async function meantByCharge(stripe: Stripe, id: string): Promise<Meant> {
  const charge = await stripe.charges.retrieve(id, { expand: ['payment_intent'] })
  return meantByIntent(objectIn(charge.payment_intent))
}

/** Money that goes back, or does not arrive. */
export async function meantByRefund(stripe: Stripe, id: string): Promise<Meant> {
  const refund = await stripe.refunds.retrieve(id, { expand: ['payment_intent'] })
  return meantByIntent(objectIn(refund.payment_intent))
}
