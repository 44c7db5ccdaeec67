import { add, max, type NanoUsd, subtract, zero } from '../../core/money.ts'
import type { Dispute, Facts, OrderEvent, OwnEvent } from './types.ts'

export const noFacts: Facts = {
  began: false,
  expired: false,
  failed: undefined,
  received: zero,
  receivedAt: undefined,
  reversed: zero,
  refunded: zero,
  refundFailed: zero,
  refundTarget: zero,
  refundRefused: zero,
  byHand: false,
  disputes: {},
  reviewAsked: undefined,
  doubt: undefined,
  taken: undefined,
  resolution: undefined,
}

/** Money that came and stayed. */
export const netOf = ({ received, reversed }: Facts): NanoUsd => max(subtract(received, reversed), zero)

/** What its payer got back or is about to. */
export const refundDue = ({ refunded, refundFailed, refundTarget, refundRefused }: Facts): NanoUsd =>
  max(subtract(subtract(max(refundTarget, add(refunded, refundRefused)), refundRefused), refundFailed), zero)

/** Refunds that were asked for here and of which their rail has not said anything yet. */
export const refundOpen = ({ refunded, refundTarget, refundRefused }: Facts): NanoUsd =>
  max(subtract(refundTarget, add(refunded, refundRefused)), zero)

/** What banks took or may take. */
export const disputeDue = ({ disputes }: Facts): NanoUsd =>
  Object.values(disputes).reduce((sum, { amount, outcome }) => (outcome === 'won' ? sum : add(sum, amount)), zero)

/** What is known once an event was told. What rails tell may come in any order. */
export function learn(facts: Facts, event: OrderEvent | OwnEvent): Facts {
  switch (event.kind) {
    case 'began':
    case 'seen':
      return { ...facts, began: true }
    case 'expired':
      return { ...facts, expired: true }
    case 'failed':
      return { ...facts, failed: event.reason }
    case 'cancelled':
      return { ...facts, failed: 'cancelled' }
    case 'received':
      return { ...facts, ...came(facts, event.amount, event.at.getTime()) }
    case 'reversed':
      return { ...facts, reversed: max(facts.reversed, event.amount) }
    case 'refunded':
      return { ...facts, refunded: max(facts.refunded, event.amount) }
    case 'refund_failed':
      return { ...facts, refundFailed: max(facts.refundFailed, event.amount) }
    case 'refund_asked': {
      const begun = max(facts.refundTarget, add(facts.refunded, facts.refundRefused))
      return { ...facts, refundTarget: add(begun, event.amount) }
    }
    case 'refund_by_hand':
      return { ...facts, byHand: true }
    case 'refund_refused':
      return { ...facts, refundRefused: add(facts.refundRefused, event.amount) }
    case 'disputed':
    case 'dispute_won':
    case 'dispute_lost':
      return { ...facts, disputes: { ...facts.disputes, [event.disputeId]: disputed(facts, event) } }
    case 'review':
      return { ...facts, reviewAsked: event.reason, taken: event.taken ?? facts.taken }
    case 'doubted':
      return { ...facts, doubt: event.reason }
    case 'cleared':
      return { ...facts, doubt: undefined }
    case 'resolved':
      return facts
  }
}

/** Of the greatest amount that was told; when so much was there first. */
function came(facts: Facts, amount: NanoUsd, at: number): Pick<Facts, 'received' | 'receivedAt'> {
  if (amount > facts.received) return { received: amount, receivedAt: at }
  if (amount === facts.received && facts.receivedAt !== undefined) {
    return { received: amount, receivedAt: Math.min(facts.receivedAt, at) }
  }
  return facts
}

const outcomes = { disputed: 'open', dispute_won: 'won', dispute_lost: 'lost' } as const
const ranks = { open: 0, won: 1, lost: 2 } as const

/** What ended a dispute stands, whatever comes after; of two ends the later. */
function disputed(
  { disputes }: Facts,
  event: { readonly at: Date; readonly disputeId: string } & (
    | { readonly kind: 'disputed'; readonly amount: NanoUsd }
    | { readonly kind: 'dispute_won' | 'dispute_lost' }
  ),
): Dispute {
  const before = Object.hasOwn(disputes, event.disputeId) ? disputes[event.disputeId] : undefined
  const known = before ?? { amount: zero, outcome: 'open', at: 0 }
  if (event.kind === 'disputed') return { ...known, amount: max(known.amount, event.amount) }
  const told = { outcome: outcomes[event.kind], at: event.at.getTime() }
  const isNewer = known.outcome === 'open' || told.at > known.at
  const isGraver = told.at === known.at && ranks[told.outcome] > ranks[known.outcome]
  return isNewer || isGraver ? { ...known, ...told } : known
}
