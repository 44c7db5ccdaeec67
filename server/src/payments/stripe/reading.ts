import type { Stripe } from 'stripe'
import type { NanoUsd } from '../../core/money.ts'
import type { OrderEvent } from '../orders/types.ts'
import { amountText, type Charged, fromCents, ofOrder, toCents } from './cents.ts'
import { type Decline, declineOf } from './declines.ts'
import { objectIn, type Snapshot } from './snapshot.ts'
import type { PaymentWay } from './store/tables.ts'

/** What a snapshot says of an order. */
export type Reading = {
  readonly events: readonly OrderEvent[]
  /** Whether money came, or cannot come any more; `undefined`: both may be. */
  readonly outcome: 'paid' | 'failed' | undefined
  readonly decline: Decline | undefined
  readonly names: {
    readonly intentId: string | undefined
    readonly chargeId: string | undefined
  }
  readonly links: { readonly receiptUrl: string | undefined; readonly invoiceUrl: string | undefined }
}

type ReadFor = {
  readonly way: PaymentWay
  /** When the snapshot was begun. */
  readonly at: Date
  /** What of the payment is known to have come, in USD: of another currency what the operator said that it is worth. */
  readonly worth: NanoUsd
}

/**
 * Translates what Stripe says into what an order understands. Amounts are running totals and keys name them, so a snapshot
 * may be told again, and an old one after a newer one, without harm.
 */
export function readingOf(snapshot: Snapshot, { way, at, worth }: ReadFor): Reading {
  const { intent, charge } = snapshot
  const failure = failureOf(snapshot, way)
  const isPaid = intent?.status === 'succeeded'
  return {
    events: isPaid ? paid(snapshot, intent, { at, worth }) : beforePaid(snapshot, failure, at),
    outcome: isPaid ? 'paid' : failure && 'failed',
    decline: isPaid ? undefined : intent && lastDecline(intent),
    names: { intentId: intent?.id, chargeId: charge?.status === 'failed' ? undefined : charge?.id },
    links: {
      receiptUrl: (isPaid && charge?.receipt_url) || undefined,
      invoiceUrl: objectIn(snapshot.session?.invoice)?.hosted_invoice_url ?? undefined,
    },
  }
}

const stripeDate = (seconds: number): Date => new Date(seconds * 1_000)

/** How much of the charge the order is: the rest is the tax on top of it. Of another currency the order is its `worth`. */
export function chargedOf(
  { session }: Pick<Snapshot, 'session'>,
  intent: Stripe.PaymentIntent,
  worth: NanoUsd,
): Charged {
  const chargedCents = intent.amount_received
  if (intent.currency !== 'usd') return { chargedCents, orderCents: toCents(worth) }
  return { chargedCents, orderCents: chargedCents - (session?.total_details?.amount_tax ?? 0) }
}

function paid(snapshot: Snapshot, intent: Stripe.PaymentIntent, { at, worth }: Omit<ReadFor, 'way'>): OrderEvent[] {
  const charged = chargedOf(snapshot, intent, worth)
  return [cameOf(snapshot, intent, charged), ...wentBack(snapshot, charged), ...disputed(snapshot, at, charged)]
}

function cameOf({ charge }: Snapshot, intent: Stripe.PaymentIntent, { orderCents }: Charged): OrderEvent {
  const at = stripeDate(charge?.created ?? intent.created)
  if (intent.currency === 'usd')
    return { kind: 'received', key: `stripe:received:${orderCents}`, at, amount: fromCents(orderCents) }
  const taken = amountText(intent.amount_received, intent.currency)
  return { kind: 'review', key: 'stripe:currency', at, reason: `Stripe took ${taken}, not USD.`, taken }
}

function wentBack({ refunds }: Snapshot, charged: Charged): OrderEvent[] {
  const failed = refunds.filter(({ status }) => status === 'failed' || status === 'canceled')
  return (
    [
      ['refunded', refunds],
      ['refund_failed', failed],
    ] as const
  ).flatMap(([kind, some]): OrderEvent[] => {
    const cents = ofOrder(sumOf(some), charged)
    if (cents === 0) return []
    return [{ kind, key: `stripe:${kind}:${cents}`, at: newestOf(some), amount: fromCents(cents) }]
  })
}

const sumOf = (refunds: readonly Stripe.Refund[]): number => refunds.reduce((sum, { amount }) => sum + amount, 0)

const newestOf = (refunds: readonly Stripe.Refund[]): Date =>
  stripeDate(Math.max(...refunds.map(({ created }) => created)))

/** Questions of a bank (`warning_...`) move no money; a dispute that was prevented moved none either. */
const movesMoney = ({ status }: Stripe.Dispute): boolean => !status.startsWith('warning_') && status !== 'prevented'

function disputed({ disputes }: Snapshot, at: Date, charged: Charged): OrderEvent[] {
  if (charged.orderCents === 0) return []
  return disputes.filter(movesMoney).flatMap((dispute): OrderEvent[] => {
    const { id, status } = dispute
    const amount = fromCents(ofOrder(dispute.amount, charged))
    const begun = { at: stripeDate(dispute.created), disputeId: id, data: { reason: dispute.reason } }
    const opened: OrderEvent = { kind: 'disputed', key: `stripe:disputed:${id}:${dispute.amount}`, amount, ...begun }
    const ended = { at, disputeId: id }
    if (status === 'won') return [opened, { kind: 'dispute_won', key: `stripe:dispute_won:${id}`, ...ended }]
    if (status === 'lost') return [opened, { kind: 'dispute_lost', key: `stripe:dispute_lost:${id}`, ...ended }]
    return [opened]
  })
}

type Failure = { readonly reason: string; readonly decline: Decline | undefined }

/**
 * Why money cannot come any more. On the pay page a declined card is not the end: its visitor may take another; and whoever
 * chose a saved card is sent to that page when its bank wants to see them.
 */
function failureOf({ session, intent }: Snapshot, way: PaymentWay): Failure | undefined {
  if (session?.status === 'expired') return { reason: 'expired', decline: undefined }
  if (!intent) return undefined
  const decline = lastDecline(intent)
  if (intent.status === 'canceled') return { reason: 'It was cancelled at Stripe.', decline }
  if (intent.status !== 'requires_payment_method') return undefined
  if (way === 'page' && session?.status !== 'complete') return undefined
  if (way === 'card' && decline?.kind === 'authentication') return undefined
  return { reason: decline?.words ?? 'The payment did not come about.', decline }
}

const lastDecline = ({ last_payment_error: error }: Stripe.PaymentIntent): Decline | undefined =>
  error ? declineOf(error) : undefined

function beforePaid(snapshot: Snapshot, failure: Failure | undefined, at: Date): OrderEvent[] {
  const { session, intent, charge } = snapshot
  if (session?.status === 'expired') return [{ kind: 'expired', key: 'stripe:expired', at }]
  if (failure) return [{ kind: 'failed', key: 'stripe:failed', at, reason: failure.reason }]
  if (intent?.status === 'processing')
    return [{ kind: 'seen', key: 'stripe:processing', at, data: { words: 'The bank is working on the payment.' } }]
  if (charge?.status === 'failed') {
    const words = declineOf({
      code: charge.failure_code ?? undefined,
      decline_code: charge.outcome?.reason ?? undefined,
    })
    const data = { words: `${words.words} Another card may do.` }
    return [{ kind: 'seen', key: `stripe:declined:${charge.id}`, at: stripeDate(charge.created), data }]
  }
  return []
}
