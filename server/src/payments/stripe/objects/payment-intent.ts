import type { Stripe } from 'stripe'
import { type Meant, meantByIntent } from './meant.ts'

/** Money on its way. */
export const meantByPayment = async (stripe: Stripe, id: string): Promise<Meant> =>
  meantByIntent(await stripe.paymentIntents.retrieve(id))
