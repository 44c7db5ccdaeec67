import type { Stripe } from 'stripe'
import { faultOf } from '../faults.ts'
import { type Meant, nobody } from './meant.ts'

/** A card; gone when nobody may be charged by it any more. */
export async function meantByMethod(stripe: Stripe, id: string): Promise<Meant> {
  try {
    const method = await stripe.paymentMethods.retrieve(id)
    return method.customer === null ? { kind: 'card-gone', cardId: id } : nobody
  } catch (error) {
    if (faultOf(error)?.kind === 'missing') return { kind: 'card-gone', cardId: id }
    throw error
  }
}
