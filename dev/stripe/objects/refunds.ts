import type { Stripe } from 'stripe'
import { invalid } from '../protocol/faults.ts'
import { withMetadata } from '../protocol/params.ts'
import type { World } from '../world/world.ts'
import { moveBalance } from './balance.ts'
import { isChargedBack } from './disputes.ts'

export type RefundGiven = {
  readonly charge?: string | undefined
  readonly payment_intent?: string | undefined
  readonly amount?: number | undefined
  readonly reason?: Stripe.Refund.Reason | undefined
  readonly metadata?: Record<string, string> | null | undefined
}

/** How long a refund takes that is not done, or not refused, at once. */
const refundedAfterMs = 3_000

export function createRefund(world: World, given: RefundGiven): Stripe.Refund {
  const charge = chargeToRefund(world, given)
  const amount = amountToRefund(world, charge, given.amount)
  const { card } = world.cards.get(charge.payment_method!)!
  const id = world.makeId('re')
  const refund: Stripe.Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: moveBalance(world, {
      type: 'refund',
      reportingCategory: 'refund',
      amount: -amount,
      fee: 0,
      currency: charge.currency,
      source: id,
      description: `REFUND FOR CHARGE${charge.description === null ? '' : ` (${charge.description})`}`,
    }).id,
    charge: charge.id,
    created: world.timeline.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: withMetadata({}, given.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: given.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: card.refund === 'takes a while' ? 'pending' : 'succeeded',
    transfer_reversal: null,
  }
  world.refunds.put(refund)
  const after = addRefunded(world, charge.id, amount)
  world.emit('refund.created', refund)
  world.emit('charge.refunded', after, charge)
  if (card.refund === 'takes a while') world.timeline.after(refundedAfterMs, () => completeRefund(world, id))
  if (card.refund === 'fails later') world.timeline.after(refundedAfterMs, () => void failRefund(world, id))
  return refund
}

function chargeToRefund(world: World, { charge, payment_intent: intentId }: RefundGiven): Stripe.Charge {
  if (charge !== undefined) return world.charges.named(charge, 'charge')
  if (intentId === undefined)
    throw invalid('One of the following params should be provided for this request: payment_intent or charge.')
  const intent = world.paymentIntents.named(intentId, 'payment_intent')
  if (intent.status !== 'succeeded' || typeof intent.latest_charge !== 'string')
    throw invalid(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`)
  return world.charges.get(intent.latest_charge)
}

function amountToRefund(world: World, charge: Stripe.Charge, asked: number | undefined): number {
  if (charge.status !== 'succeeded') throw invalid(`Charge ${charge.id} has no money to refund.`, { param: 'charge' })
  if (isChargedBack(world, charge.id))
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' })
  const left = charge.amount - charge.amount_refunded
  if (left === 0) throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' })
  const amount = asked ?? left
  const words = (cents: number) => `$${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
  if (amount > charge.amount)
    throw invalid(`Refund amount (${words(amount)}) is greater than charge amount (${words(charge.amount)})`, {
      param: 'amount',
    })
  if (amount > left)
    throw invalid(`Refund amount (${words(amount)}) is greater than unrefunded amount on charge (${words(left)})`, {
      param: 'amount',
    })
  return amount
}

function addRefunded(world: World, chargeId: string, amount: number): Stripe.Charge {
  const charge = world.charges.get(chargeId)
  const refunded = charge.amount_refunded + amount
  return world.charges.put({ ...charge, amount_refunded: refunded, refunded: refunded === charge.amount })
}

function completeRefund(world: World, id: string): void {
  const before = world.refunds.get(id)
  if (before.status !== 'pending') return
  const after = world.refunds.put({ ...before, status: 'succeeded' })
  world.emit('refund.updated', after, before)
  world.emit('charge.refund.updated', after, before)
}

/** The card's bank sends the money back: it is the merchant's again. */
export function failRefund(world: World, id: string): Stripe.Refund {
  const before = world.refunds.get(id)
  if (before.status === 'failed' || before.status === 'canceled') return before
  const charge = world.charges.get(before.charge as string)
  const failed = world.refunds.put({
    ...before,
    failure_balance_transaction: moveBalance(world, {
      type: 'refund_failure',
      reportingCategory: 'refund_failure',
      amount: before.amount,
      fee: 0,
      currency: before.currency,
      source: id,
      description: `REFUND FAILURE FOR CHARGE (${charge.id})`,
    }).id,
    failure_reason: 'expired_or_canceled_card',
    status: 'failed',
  })
  const after = addRefunded(world, charge.id, -before.amount)
  world.emit('refund.failed', failed)
  world.emit('refund.updated', failed, before)
  world.emit('charge.refund.updated', failed, before)
  world.emit('charge.updated', after, charge)
  return failed
}
