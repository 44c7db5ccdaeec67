import type { Stripe } from 'stripe'
import { idIn } from '../snapshot.ts'
import { autoTopUpPurpose, type Meant, nobody, purposeKey } from './meant.ts'

/** A card that is given without paying. */
export async function meantBySetup(stripe: Stripe, id: string): Promise<Meant> {
  const setup = await stripe.setupIntents.retrieve(id)
  const [customerId, cardId] = [idIn(setup.customer), idIn(setup.payment_method)]
  if (setup.status !== 'succeeded' || customerId === undefined || cardId === undefined) return nobody
  return { kind: 'card', customerId, cardId, isForAutoTopUp: setup.metadata?.[purposeKey] === autoTopUpPurpose }
}
