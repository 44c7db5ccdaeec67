import type { Stripe } from 'stripe'
import type { NanoUsd } from '../../core/money.ts'
import type { Order } from '../orders/types.ts'
import type { RefundAnswer, RefundAsked } from '../rail.ts'
import { ofCharge, ofOrder, toCents } from './cents.ts'
import { converge } from './converge.ts'
import { faultOf } from './faults.ts'
import { chargedOf } from './reading.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'
import { findPayment } from './store/payments.ts'
import type { StripeTools } from './tools.ts'

const refundKey = 'redpill_refund'

/** Sends money back to the card that it came from, with its share of the tax; once for each id. */
export async function refundPayment(tools: StripeTools, order: Order, asked: RefundAsked): Promise<RefundAnswer> {
  const row = await findPayment(tools.db, order.id)
  if (!row) return { kind: 'refused', why: 'It was not paid by card.' }
  const snapshot = await takeSnapshot(tools.stripe, { sessionId: row.session_id, intentId: row.intent_id })
  const { intent, refunds } = snapshot
  if (intent?.status !== 'succeeded') return { kind: 'refused', why: 'Nothing was paid that could go back.' }
  if (!refunds.some(({ metadata }) => metadata?.[refundKey] === asked.id)) {
    const refused = await send(tools, {
      intent,
      amount: centsOf(snapshot, intent, { ...asked, worth: order.facts.received }),
      id: asked.id,
    })
    if (refused) return refused
  }
  await converge(tools, order.id)
  return { kind: 'sent' }
}

/** So much of the charge that the order's share of all refunds grows by exactly what was asked. */
function centsOf(
  { session, refunds }: Snapshot,
  intent: Stripe.PaymentIntent,
  { amount, worth }: RefundAsked & { readonly worth: NanoUsd },
): number {
  const charged = chargedOf({ session }, intent, worth)
  const standing = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled')
  const back = standing.reduce((sum, refund) => sum + refund.amount, 0)
  return ofCharge(ofOrder(back, charged) + toCents(amount), charged) - back
}

type Sending = { readonly intent: Stripe.PaymentIntent; readonly amount: number; readonly id: string }

async function send({ stripe }: StripeTools, { intent, amount, id }: Sending): Promise<RefundAnswer | undefined> {
  try {
    const params = { payment_intent: intent.id, amount, metadata: { [refundKey]: id } }
    await stripe.refunds.create(params, { idempotencyKey: `refund:${id}` })
    return undefined
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind === 'refused' || fault?.kind === 'missing') return { kind: 'refused', why: fault.why }
    throw error
  }
}
