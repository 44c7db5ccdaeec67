import { add, max, min, nanoUsd, type NanoUsd, subtract, zero } from '../../core/money.ts'
import { disputeDue, learn, netOf, refundDue, refundOpen } from './facts.ts'
import { creditOf, feeOf } from './fees.ts'
import type { Effect, Facts, OrderEvent, OrderState, OwnEvent, Posted, Question, Terms } from './types.ts'

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
    review: reviewOf(judged, facts),
    effects: effectsOf(order, { credited, taken }),
  }
}

const refundReview = (facts: Facts): string | undefined =>
  facts.byHand && refundOpen(facts) > zero ? 'A refund waits to be sent by hand.' : undefined

/** A doubt about what is credited already is put aside, as one about money that never came. */
const moneyReview = ({ review }: Judged, { doubt }: Facts): string | undefined => sentences(review, doubt)

const reviewOf = (judged: Judged, facts: Facts): string | undefined =>
  sentences(moneyReview(judged, facts), refundReview(facts))

function sentences(...whys: readonly (string | undefined)[]): string | undefined {
  const said = whys.filter((why) => why !== undefined)
  return said.length === 0 ? undefined : said.join(' ')
}

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

function unpaidState({ began, expired, failed, taken, resolution }: Facts): OrderState {
  if (taken !== undefined) return resolution ? 'failed' : 'paid'
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
  // Nobody here knows what it is worth; it was to be what was agreed, so more than that is not credited for it.
  if (asksWorth(order)) return add(order.amount, order.fee)
  const { credit } = judge(order, order.facts)
  const sentBack = order.facts.resolution?.sentBack ?? zero
  // An open order agreed on no fee beforehand: it is that of what was credited.
  const fee = order.amount === zero ? feeOf(credit, order.feeTerms) : credit > zero ? order.fee : zero
  return max(subtract(subtract(subtract(netOf(order.facts), sentBack), credit), fee), zero)
}

/** Something came in another currency, and nobody said yet what it is worth. */
export const asksWorth = ({ amount, facts: { taken, received, resolution } }: Standing): boolean =>
  amount > zero && taken !== undefined && received === zero && resolution === undefined

/** What of waiting money can be credited. Of money of which nothing was credited yet the fee is taken off. */
function creditableOf(order: Standing): NanoUsd {
  const waiting = waitingOf(order)
  return judge(order, order.facts).credit > zero ? waiting : creditOf(waiting, order.feeTerms)
}

/** Everything about an order that the operator has to decide. */
export function questionsOf(order: Standing): readonly Question[] {
  const { facts } = order
  const [money, refund] = [moneyReview(judge(order, facts), facts), refundReview(facts)]
  return [
    ...(money === undefined ? [] : [moneyQuestion(order, money)]),
    ...(refund === undefined
      ? []
      : [
          {
            ...{ about: 'refund', why: refund, waiting: refundOpen(facts), asksWorth: false },
            actions: ['refund', 'reject'],
          } satisfies Question,
        ]),
  ]
}

function moneyQuestion(order: Standing, why: string): Question {
  const waiting = waitingOf(order)
  const actions: Question['actions'] = [
    ...(creditableOf(order) > zero ? (['credit'] as const) : []),
    ...(waiting > zero ? (['refund'] as const) : []),
    'reject',
  ]
  return { about: 'money', why, waiting, asksWorth: asksWorth(order), actions }
}

/** The operator's decision about money. */
function resolved(order: Standing, event: Extract<OwnEvent, { kind: 'resolved' }>): Facts {
  const { action, amount } = event
  if (asksWorth(order) && action !== 'reject') return resolved(worth(order, event), { ...event, amount: undefined })
  const { facts } = order
  const { credit: before } = judge(order, facts)
  const [waiting, creditable] = [waitingOf(order), creditableOf(order)]
  const sentBefore = facts.resolution?.sentBack ?? zero
  const credit = action === 'credit' ? add(before, min(amount ?? creditable, creditable)) : before
  const sentBack = action === 'refund' ? add(sentBefore, min(amount ?? waiting, waiting)) : sentBefore
  return { ...facts, doubt: undefined, resolution: { action, covers: netOf(facts), credit, sentBack } }
}

/** As if so much had come in USD. */
function worth(order: Standing, { amount, at }: Extract<OwnEvent, { kind: 'resolved' }>): Standing {
  const most = waitingOf(order)
  const received = min(amount ?? most, most)
  return { ...order, facts: { ...order.facts, received, receivedAt: at.getTime() } }
}
