import { add, max, min, nanoUsd, type NanoUsd, subtract, zero } from '../../core/money.ts'
import { disputeDue, learn, netOf, refundDue, refundOpen } from './facts.ts'
import { creditOf, feeOf } from './fees.ts'
import type { Effect, Facts, OrderEvent, OrderState, OwnEvent, Posted, Terms } from './types.ts'

export type Decision = {
  readonly facts: Facts
  readonly state: OrderState
  /** Why the operator has to look at it. */
  readonly review: string | undefined
  /** In the order in which the ledger does them: what is given back can be taken for another reason. */
  readonly effects: readonly Effect[]
}

export type Standing = Terms & Posted & { readonly facts: Facts }

/**
 * What an event means for an order. Pure. The state and the credits that are due follow from the facts alone; effects are
 * what lies between that and what the ledger did so far.
 */
export function decide(order: Standing, event: OrderEvent | OwnEvent): Decision {
  const facts = event.kind === 'resolved' ? resolved(order, event) : learn(order.facts, event)
  const judged = judge(order, facts)
  const refund = min(refundDue(facts), judged.credit)
  const dispute = min(disputeDue(facts), subtract(judged.credit, refund))
  const credited = max(order.credited, judged.credit)
  const taken = { refund, dispute, reversal: subtract(credited, judged.credit) }
  return {
    facts,
    state: stateOf(judged, facts, taken),
    review: judged.review ?? refundReview(facts) ?? facts.doubt,
    effects: effectsOf(order, { credited, taken }),
  }
}

const refundReview = (facts: Facts): string | undefined =>
  facts.byHand && refundOpen(facts) > zero ? 'A refund waits to be sent by hand.' : undefined

/** What money stands for, whatever was given back of it. */
type Judged = { readonly state: OrderState; readonly credit: NanoUsd; readonly review?: string | undefined }

/** What is a cent above what was agreed is not more than was agreed: prices of tokens are rounded up. */
const dust = nanoUsd(10_000_000n)

function judge(terms: Terms, facts: Facts): Judged {
  const net = netOf(facts)
  if (facts.received === zero) return { state: unpaidState(facts), credit: zero, review: unpaidReview(facts) }
  if (net === zero) return { state: 'reversed', credit: zero }
  const { resolution } = facts
  if (resolution && net <= resolution.covers) {
    const credit = min(resolution.credit, net)
    if (credit > zero) return { state: 'credited', credit }
    return { state: resolution.action === 'refund' ? 'refunded' : 'failed', credit }
  }
  const before = resolution?.credit ?? zero
  const money = subtract(net, resolution?.sentBack ?? zero)
  if (facts.reviewAsked !== undefined) return { state: 'paid', credit: before, review: facts.reviewAsked }
  if (terms.amount === zero) return openOrder(terms, money)
  return agreedOrder(terms, facts, { money, before })
}

function openOrder(terms: Terms, money: NanoUsd): Judged {
  const credit = creditOf(money, terms.feeTerms)
  if (credit > zero) return { state: 'credited', credit }
  return { state: 'underpaid', credit, review: 'What came does not cover the fee.' }
}

type Paid = { readonly money: NanoUsd; readonly before: NanoUsd }

function agreedOrder({ rail, amount, fee, expiresAt }: Terms, facts: Facts, { money, before }: Paid): Judged {
  const total = add(amount, fee)
  if (money < total) {
    const state = facts.reversed > zero ? 'reversed' : 'underpaid'
    return { state, credit: before, review: 'Less came than was agreed.' }
  }
  const isLate = rail !== 'card' && expiresAt !== undefined && (facts.receivedAt ?? 0) > expiresAt.getTime()
  if (isLate && facts.resolution === undefined) {
    return { state: 'late', credit: before, review: 'The money came after the price had expired.' }
  }
  const credit = max(amount, before)
  if (money > total + dust) return { state: 'overpaid', credit, review: 'More came than was agreed.' }
  return { state: 'credited', credit }
}

function unpaidState({ began, expired, failed }: Facts): OrderState {
  if (failed !== undefined) return 'failed'
  if (expired) return 'expired'
  return began ? 'pending' : 'created'
}

/** A rail may ask before it says what came; the operator's answer to that stands. */
const unpaidReview = ({ reviewAsked, resolution }: Facts): string | undefined => (resolution ? undefined : reviewAsked)

function stateOf({ state, credit }: Judged, { disputes }: Facts, { refund, dispute }: Posted['taken']): OrderState {
  if (credit === zero) return state
  if (dispute > zero || Object.values(disputes).some(({ outcome }) => outcome === 'open')) return 'disputed'
  return refund >= credit ? 'refunded' : state
}

function effectsOf(before: Posted, { credited, taken }: Posted): Effect[] {
  const whys = ['refund', 'dispute', 'reversal'] as const
  const change = (kind: 'take' | 'give') =>
    whys.flatMap((why): Effect[] => {
      const [more, less] = kind === 'take' ? [taken, before.taken] : [before.taken, taken]
      const amount = subtract(more[why], less[why])
      return amount > zero ? [{ kind, why, amount }] : []
    })
  const amount = subtract(credited, before.credited)
  return [...change('give'), ...(amount > zero ? [{ kind: 'credit', amount } as const] : []), ...change('take')]
}

/** Money that waits for the operator: what is neither credited, nor the fee of what is, nor sent back. */
export function waitingOf(order: Standing): NanoUsd {
  const { credit } = judge(order, order.facts)
  const sentBack = order.facts.resolution?.sentBack ?? zero
  // An open order agreed on no fee beforehand: it is that of what was credited.
  const fee = order.amount === zero ? feeOf(credit, order.feeTerms) : credit > zero ? order.fee : zero
  return max(subtract(subtract(subtract(netOf(order.facts), sentBack), credit), fee), zero)
}

/** The operator's decision. What is credited of money of which nothing was credited yet pays the fee. */
function resolved(order: Standing, { action, amount }: Extract<OwnEvent, { kind: 'resolved' }>): Facts {
  const { facts } = order
  const { credit: before } = judge(order, facts)
  const waiting = waitingOf(order)
  const creditable = before > zero ? waiting : creditOf(waiting, order.feeTerms)
  const sentBefore = facts.resolution?.sentBack ?? zero
  const credit = action === 'credit' ? add(before, min(amount ?? creditable, creditable)) : before
  const sentBack = action === 'refund' ? add(sentBefore, min(amount ?? waiting, waiting)) : sentBefore
  return { ...facts, doubt: undefined, resolution: { action, covers: netOf(facts), credit, sentBack } }
}
