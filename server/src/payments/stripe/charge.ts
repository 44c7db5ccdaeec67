import type { Stripe } from 'stripe'
import type { Uuid } from '../../core/ids.ts'
import { converge, fail } from './converge.ts'
import { declineOf } from './declines.ts'
import { faultOf } from './faults.ts'
import { orderIn } from './objects/meant.ts'
import type { Reading } from './reading.ts'
import { idIn } from './snapshot.ts'
import { adoptNames, findPayment } from './store/payments.ts'
import type { PaymentRow } from './store/tables.ts'
import type { StripeTools } from './tools.ts'

/** Stripe remembers what was asked under a key for 24 hours at least. */
const keyKnownMs = 20 * 3_600_000
const listMax = 100

/**
 * Charges a saved card for an order, once: whoever repeats it, after a crash or a lost answer, finds the payment that is
 * there or asks the same under the same key. `undefined`: nothing came of it, and the order has failed.
 */
export async function charge(
  tools: StripeTools,
  orderId: Uuid,
  { isFirst }: { readonly isFirst: boolean },
): Promise<Reading | undefined> {
  const row = (await findPayment(tools.db, orderId))!
  if (row.intent_id === null) {
    const made = (isFirst ? undefined : await findMade(tools, row)) ?? (await ask(tools, row))
    if (made === undefined) return undefined
    await adoptNames(tools.db, orderId, { sessionId: undefined, intentId: made })
  }
  return converge(tools, orderId)
}

async function ask(tools: StripeTools, row: PaymentRow): Promise<string | undefined> {
  if (tools.clock.nowMs() - row.created_at.getTime() > keyKnownMs) {
    await fail(tools, row, { kind: 'passing', words: 'Stripe could not be reached.' })
    return undefined
  }
  try {
    const request = row.request as unknown as Stripe.PaymentIntentCreateParams
    return (await tools.stripe.paymentIntents.create(request, { idempotencyKey: row.order_id })).id
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind === 'declined') {
      if (fault.intentId !== undefined) return fault.intentId
      await fail(tools, row, declineOf({ code: fault.code, decline_code: fault.declineCode }))
      return undefined
    }
    if (fault?.kind !== 'refused' && fault?.kind !== 'missing') throw error
    tools.log.error('Stripe refused to charge a saved card', { order: row.order_id, why: fault.why })
    await fail(tools, row, { kind: 'refused', words: 'The saved card cannot be charged: it may have been removed.' })
    return undefined
  }
}

/** The payment that somebody made for this order whose answer was lost. */
async function findMade({ stripe }: StripeTools, row: PaymentRow): Promise<string | undefined> {
  const customer = idIn((row.request as unknown as Stripe.PaymentIntentCreateParams).customer)
  if (customer === undefined) return undefined
  const since = Math.floor(row.created_at.getTime() / 1_000) - 300
  const made = stripe.paymentIntents.list({ customer, created: { gte: since }, limit: listMax })
  for await (const intent of made) if (orderIn(intent.metadata) === row.order_id) return intent.id
  return undefined
}
