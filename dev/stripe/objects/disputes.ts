import type { Stripe } from 'stripe'
import type { TestCard } from '../cards.ts'
import { invalid } from '../protocol/faults.ts'
import { withMetadata } from '../protocol/params.ts'
import type { World } from '../world/world.ts'
import { disputeFee, moveBalance } from './balance.ts'

type Cause = NonNullable<TestCard['dispute']>

const noEvidence: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}

const answerWithinSeconds = 7 * 86_400

/** A payment has one dispute at most. */
export function openDispute(world: World, chargeId: string, cause: Cause): Stripe.Dispute {
  const charge = world.charges.get(chargeId)
  // What was refunded before cannot be taken once more.
  const amount = charge.amount - charge.amount_refunded
  if (charge.disputed || charge.status !== 'succeeded' || amount === 0)
    throw invalid(`Charge ${chargeId} cannot be disputed.`, { code: 'charge_disputed' })
  const id = world.makeId('du')
  const isInquiry = cause.isInquiry === true
  const dispute: Stripe.Dispute = {
    id,
    object: 'dispute',
    amount,
    balance_transactions: isInquiry ? [] : [take(world, id, charge, -amount)],
    charge: chargeId,
    created: world.timeline.now(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence,
    evidence_details: {
      due_by: world.timeline.now() + answerWithinSeconds,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: {
        brand: charge.payment_method_details?.card?.brand ?? 'visa',
        case_type: isInquiry ? 'inquiry' : 'chargeback',
        network: charge.payment_method_details?.card?.network ?? 'visa',
        network_reason_code: cause.networkReasonCode,
      },
      type: 'card',
    },
    reason: cause.reason,
    status: isInquiry ? 'warning_needs_response' : 'needs_response',
  }
  world.disputes.put(dispute)
  const disputed = world.charges.put({ ...charge, disputed: true })
  world.emit('charge.dispute.created', dispute)
  if (!isInquiry) world.emit('charge.dispute.funds_withdrawn', dispute)
  world.emit('charge.updated', disputed, charge)
  return dispute
}

const take = (world: World, id: string, charge: Stripe.Charge, amount: number): Stripe.BalanceTransaction =>
  moveBalance(world, {
    type: 'adjustment',
    reportingCategory: amount < 0 ? 'dispute' : 'dispute_reversal',
    amount,
    fee: amount < 0 ? disputeFee : 0,
    currency: charge.currency,
    source: id,
    description: `Chargeback ${amount < 0 ? 'withdrawal' : 'reversal'} for ${charge.id}`,
  })

export type DisputeChange = {
  readonly uncategorizedText?: string | undefined
  readonly metadata?: Record<string, string> | null | undefined
  readonly submit?: boolean | undefined
}

const open: ReadonlySet<string> = new Set([
  'needs_response',
  'warning_needs_response',
  'under_review',
  'warning_under_review',
])
const judgedAfterMs = 500

/** Takes evidence, and judges it as in Stripe's test mode: by the words `winning_evidence` and `losing_evidence`. */
export function updateDispute(world: World, id: string, change: DisputeChange): Stripe.Dispute {
  const before = world.disputes.get(id)
  if (!open.has(before.status)) throw invalid('This dispute is already closed')
  const { uncategorizedText: words, metadata } = change
  const isSubmitted = change.submit ?? words !== undefined
  const { evidence_details: details } = before
  const after = world.disputes.put({
    ...before,
    evidence: { ...before.evidence, uncategorized_text: words ?? before.evidence.uncategorized_text },
    evidence_details: {
      ...details,
      has_evidence: details.has_evidence || words !== undefined,
      submission_count: details.submission_count + (isSubmitted ? 1 : 0),
    },
    metadata: metadata === undefined ? before.metadata : withMetadata(before.metadata, metadata),
    status: isSubmitted ? before.status.replace('needs_response', 'under_review') : before.status,
  })
  world.emit('charge.dispute.updated', after, before)
  const verdict = ({ winning_evidence: 'won', losing_evidence: 'lost' } as const)[
    after.evidence.uncategorized_text ?? ''
  ]
  if (isSubmitted && verdict) world.timeline.after(judgedAfterMs, () => void closeDispute(world, id, verdict))
  return after
}

/** Ends a dispute. One that has ended stays as it ended. */
export function closeDispute(world: World, id: string, verdict: 'won' | 'lost'): Stripe.Dispute {
  const before = world.disputes.get(id)
  if (!open.has(before.status)) return before
  const isInquiry = before.status.startsWith('warning')
  const isPaidBack = verdict === 'won' && !isInquiry
  const charge = world.charges.get(before.charge as string)
  const back = isPaidBack ? [take(world, id, charge, before.amount)] : []
  const closed = world.disputes.put({
    ...before,
    balance_transactions: [...before.balance_transactions, ...back],
    is_charge_refundable: isInquiry || verdict === 'won',
    status: isInquiry ? 'warning_closed' : verdict,
  })
  world.emit('charge.dispute.closed', closed)
  if (isPaidBack) world.emit('charge.dispute.funds_reinstated', closed)
  return closed
}

/** Whether a payment's money is held by a dispute, or lost to one. */
export const isChargedBack = (world: World, chargeId: string): boolean =>
  world.disputes.newestFirst().some(({ charge, is_charge_refundable: ok }) => charge === chargeId && !ok)
