import type { Stripe } from 'stripe'
import { objectIn } from '../snapshot.ts'
import { type Meant, meantByIntent } from './meant.ts'

/** Money that the holder of a card wants back from its bank. */
export async function meantByDispute(stripe: Stripe, id: string): Promise<Meant> {
  const dispute = await stripe.disputes.retrieve(id, { expand: ['payment_intent'] })
  return meantByIntent(objectIn(dispute.payment_intent))
}
