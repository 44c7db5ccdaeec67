import type { Stripe } from 'stripe'
import { type Meant, nobody, orderIn } from './meant.ts'

/** A visit to Stripe's pay page. */
export async function meantBySession(stripe: Stripe, id: string): Promise<Meant> {
  const session = await stripe.checkout.sessions.retrieve(id)
  const orderId = orderIn(session.metadata)
  return orderId !== undefined && session.client_reference_id === orderId
    ? { kind: 'order', orderId, sessionId: session.id }
    : nobody
}
