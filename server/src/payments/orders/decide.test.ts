import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { add, nanoUsd, type NanoUsd, subtract, usd, zero } from '../../core/money.ts'
import { decide, type Decision, questionsOf, type Standing, waitingOf } from './decide.ts'
import { noFacts } from './facts.ts'
import { creditOf, feeOf } from './fees.ts'
import { readFacts, storeFacts } from './stored-facts.ts'
import type { Effect, OrderEvent, OwnEvent, Terms } from './types.ts'

const start = Date.UTC(2026, 0, 1)
const at = (minutes: number): Date => new Date(start + minutes * 60_000)

/** 10 USD of credits for 10.50, until half past. */
const terms = (given: Partial<Terms> = {}): Terms => ({
  rail: 'crypto',
  amount: usd(10),
  fee: cents(50),
  feeTerms: { bps: 500, fixed: zero },
  expiresAt: at(30),
  ...given,
})

const cents = (count: number): NanoUsd => nanoUsd(BigInt(count) * 10_000_000n)

const newOrder = (given?: Partial<Terms>): Standing => ({
  ...terms(given),
  facts: noFacts,
  credited: zero,
  taken: { refund: zero, dispute: zero, reversal: zero },
})

/** As `advance` does it, without a ledger. */
function applied(order: Standing, { facts, effects }: Decision): Standing {
  let { credited } = order
  const taken = { ...order.taken }
  for (const effect of effects) {
    if (effect.kind === 'credit') credited = add(credited, effect.amount)
    else taken[effect.why] = (effect.kind === 'take' ? add : subtract)(taken[effect.why], effect.amount)
  }
  return { ...order, facts, credited, taken }
}

type Told = Partial<OrderEvent | OwnEvent> & { readonly kind: string; readonly amount?: NanoUsd }
let keys = 0
const event = (given: Told): OrderEvent => ({ key: `k${keys++}`, at: at(1), ...given }) as OrderEvent

function follow(order: Standing, events: readonly (Told | OrderEvent)[]) {
  let last: Decision | undefined
  let now = order
  const effects: Effect[] = []
  for (const each of events) {
    last = decide(now, event(each))
    effects.push(...last.effects)
    now = applied(now, last)
  }
  const net = now.credited - now.taken.refund - now.taken.dispute - now.taken.reversal
  return { order: now, state: last?.state, review: last?.review, effects, net }
}

const outcome = (events: readonly Told[], given?: Partial<Terms>) => {
  const { state, review, net } = follow(newOrder(given), events)
  return [state, Number(net / 10_000_000n), review !== undefined]
}

const came = (count: number, minutes = 1): Told => ({ kind: 'received', amount: cents(count), at: at(minutes) })

test('what was agreed is credited when it has come, in parts or whole, and a cent too much is no matter', () => {
  deepEqual(outcome([{ kind: 'began' }]), ['pending', 0, false])
  deepEqual(outcome([{ kind: 'began' }, { kind: 'seen' }, came(1_050)]), ['credited', 1_000, false])
  deepEqual(outcome([came(1_051)]), ['credited', 1_000, false])
  deepEqual(outcome([came(1_049)]), ['underpaid', 0, true])
  deepEqual(outcome([came(500), came(1_050)]), ['credited', 1_000, false])
})

test('what is above the agreed waits for the operator, and so does all that came late; a card is never late', () => {
  deepEqual(outcome([came(2_000)]), ['overpaid', 1_000, true])
  deepEqual(outcome([came(1_050, 31)]), ['late', 0, true])
  deepEqual(outcome([came(1_050, 31)], { rail: 'card' }), ['credited', 1_000, false])
  deepEqual(outcome([{ kind: 'expired' }, came(1_050, 29)]), ['credited', 1_000, false])
})

test('an attempt that failed or passed ends without credits, and money that comes nevertheless counts', () => {
  deepEqual(outcome([{ kind: 'failed', reason: 'declined' }]), ['failed', 0, false])
  deepEqual(outcome([{ kind: 'expired' }]), ['expired', 0, false])
  deepEqual(outcome([{ kind: 'cancelled' }]), ['failed', 0, false])
  deepEqual(outcome([{ kind: 'failed', reason: 'declined' }, came(1_050)]), ['credited', 1_000, false])
})

test('of money that came by itself all is credited but the fee', () => {
  const open = { amount: zero, fee: zero, expiresAt: undefined }
  deepEqual(outcome([came(1_050)], open), ['credited', 1_000, false])
  deepEqual(outcome([came(1_050), came(2_100)], open), ['credited', 2_000, false])
  deepEqual(outcome([came(20)], { ...open, feeTerms: { bps: 0, fixed: cents(30) } }), ['underpaid', 0, true])
})

test('a fee is rounded up to a cent, and money that came by itself always covers credits and fee', () => {
  equal(feeOf(usd(10), { bps: 290, fixed: cents(30) }), cents(59))
  equal(feeOf(nanoUsd(1n), { bps: 1, fixed: zero }), cents(1))
  equal(feeOf(usd(10), { bps: 0, fixed: zero }), 0n)
  const arbitraryTerms = fc.record({ bps: fc.nat(5_000), fixed: fc.nat(500).map(cents) })
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }).map(nanoUsd), arbitraryTerms, (money, of) => {
      const credit = creditOf(money, of)
      return credit >= 0n && (credit === 0n || credit + feeOf(credit, of) <= money)
    }),
  )
})

test('refunds take credits once, whether asked for here, at the rail or both; those that fail bring them back', () => {
  const asked = (count: number): Told => ({ kind: 'refund_asked', amount: cents(count) })
  const refunded = (count: number): Told => ({ kind: 'refunded', amount: cents(count) })
  const failed = (count: number): Told => ({ kind: 'refund_failed', amount: cents(count) })
  const refused = (count: number): Told => ({ kind: 'refund_refused', amount: cents(count), reason: 'no' })
  const paid = came(1_050)
  deepEqual(outcome([paid, asked(400)]), ['credited', 600, false])
  deepEqual(outcome([paid, asked(400), refunded(400)]), ['credited', 600, false])
  deepEqual(outcome([paid, asked(400), refunded(400), failed(400)]), ['credited', 1_000, false])
  deepEqual(outcome([paid, asked(400), failed(400), refunded(400)]), ['credited', 1_000, false])
  deepEqual(outcome([paid, asked(400), refused(400)]), ['credited', 1_000, false])
  deepEqual(outcome([paid, asked(400), refused(400), asked(100), refunded(100)]), ['credited', 900, false])
  deepEqual(outcome([paid, refunded(300), asked(400), refunded(700)]), ['credited', 300, false])
  deepEqual(outcome([paid, asked(400), refunded(700), asked(300)]), ['refunded', 0, false])
  deepEqual(outcome([paid, refunded(1_050)]), ['refunded', 0, false])
})

test('a dispute takes what it is about, with the fee at most all credits, and gives it back when it is won', () => {
  const paid = came(1_050)
  const disputed: Told = { kind: 'disputed', disputeId: 'd', amount: cents(1_050) }
  deepEqual(outcome([paid, disputed]), ['disputed', 0, false])
  deepEqual(outcome([paid, disputed, { kind: 'dispute_won', disputeId: 'd' }]), ['credited', 1_000, false])
  deepEqual(outcome([paid, { kind: 'dispute_won', disputeId: 'd' }, disputed]), ['credited', 1_000, false])
  deepEqual(outcome([paid, disputed, { kind: 'dispute_lost', disputeId: 'd' }]), ['disputed', 0, false])
  const partly: Told = { kind: 'disputed', disputeId: 'e', amount: cents(300) }
  deepEqual(outcome([paid, { kind: 'refunded', amount: cents(900) }, partly]), ['disputed', 0, false])
  deepEqual(outcome([paid, partly, { kind: 'refunded', amount: cents(200) }]), ['disputed', 500, false])
})

test('money that a chain took away is taken back, and credited again when it comes again', () => {
  const paid = came(1_050)
  const gone: Told = { kind: 'reversed', amount: cents(1_050) }
  deepEqual(outcome([paid, gone]), ['reversed', 0, false])
  deepEqual(outcome([gone, paid]), ['reversed', 0, false])
  deepEqual(outcome([paid, gone, came(2_100)]), ['credited', 1_000, false])
})

test('the operator credits what came less its fee, or sends it back, or leaves it; more money is a new question', () => {
  const credit: Told = { kind: 'resolved', action: 'credit' }
  const sendBack: Told = { kind: 'resolved', action: 'refund' }
  const reject: Told = { kind: 'resolved', action: 'reject' }
  deepEqual(outcome([came(525), credit]), ['credited', 500, false])
  deepEqual(outcome([came(525), { ...credit, amount: cents(300) }]), ['credited', 300, false])
  deepEqual(outcome([came(525), credit, came(1_050)]), ['credited', 1_000, false])
  deepEqual(outcome([came(525), sendBack]), ['refunded', 0, false])
  deepEqual(outcome([came(525), sendBack, came(1_050)]), ['underpaid', 0, true])
  deepEqual(outcome([came(525), reject]), ['failed', 0, false])
  deepEqual(outcome([came(2_000), credit]), ['credited', 1_950, false])
  deepEqual(outcome([came(2_000), { ...credit, amount: cents(5_000) }]), ['credited', 1_950, false])
  deepEqual(outcome([came(2_000), sendBack]), ['credited', 1_000, false])
  deepEqual(outcome([came(1_050, 31), credit]), ['credited', 1_000, false])
  const doubtful: Told = { kind: 'review', reason: 'the price of the token is in doubt' }
  deepEqual(outcome([doubtful, came(1_050)]), ['paid', 0, true])
  deepEqual(outcome([doubtful, came(1_050), credit]), ['credited', 1_000, false])
  equal(waitingOf(follow(newOrder(), [came(2_000)]).order), cents(950))
  equal(waitingOf(follow(newOrder(), [came(2_000), sendBack]).order), 0n)
  equal(waitingOf(follow(newOrder({ amount: zero, fee: zero, expiresAt: undefined }), [came(10_500)]).order), 0n)
})

test('of money in another currency the operator says what it is worth, never more than was agreed', () => {
  const taken: Told = { kind: 'review', reason: 'Stripe took 9.60 EUR, not USD.', taken: '9.60 EUR' }
  const credit: Told = { kind: 'resolved', action: 'credit' }
  const card = { rail: 'card' } as const
  deepEqual(outcome([{ kind: 'began' }, taken], card), ['paid', 0, true])
  const { order } = follow(newOrder(card), [taken])
  deepEqual(
    questionsOf(order).map(({ about, waiting, asksWorth, actions }) => [about, waiting, asksWorth, actions]),
    [['money', cents(1_050), true, ['credit', 'refund', 'reject']]],
  )
  deepEqual(outcome([taken, { ...credit, amount: cents(525) }], card), ['credited', 500, false])
  deepEqual(outcome([taken, { ...credit, amount: cents(99_999) }], card), ['credited', 1_000, false])
  deepEqual(outcome([taken, { kind: 'resolved', action: 'refund', amount: cents(1_000) }], card), [
    'refunded',
    0,
    false,
  ])
  deepEqual(outcome([taken, { kind: 'resolved', action: 'reject' }], card), ['failed', 0, false])
  const said = [taken, { ...credit, amount: cents(1_050) }]
  deepEqual(outcome([...said, taken], card), ['credited', 1_000, false])
  deepEqual(outcome([...said, { kind: 'refunded', amount: cents(300) }], card), ['credited', 700, false])
  deepEqual(outcome([taken], { ...card, amount: zero, fee: zero }), ['paid', 0, true])
})

test('what waits is asked one by one, each with the answers that it has', () => {
  const actions = (events: readonly Told[], given?: Partial<Terms>) =>
    questionsOf(follow(newOrder(given), events).order).map((each) => [each.about, ...each.actions])
  const over = came(2_000)
  const byHand: readonly Told[] = [{ kind: 'refund_asked', amount: cents(100) }, { kind: 'refund_by_hand' }]
  deepEqual(actions([came(1_050)]), [])
  deepEqual(actions([over]), [['money', 'credit', 'refund', 'reject']])
  deepEqual(actions([over, ...byHand]), [
    ['money', 'credit', 'refund', 'reject'],
    ['refund', 'refund', 'reject'],
  ])
  deepEqual(actions([{ kind: 'review', reason: 'doubt' }]), [['money', 'reject']])
  const dear = { amount: zero, fee: zero, feeTerms: { bps: 0, fixed: cents(100) } }
  deepEqual(actions([came(50)], dear), [['money', 'refund', 'reject']])
})

/** What a rail may tell of one order, as it happened: totals grow. */
const history = fc
  .array(
    fc.record({
      kind: fc.constantFrom(
        ...(['began', 'seen', 'received', 'failed', 'expired', 'refunded', 'refund_failed'] as const),
        ...(['disputed', 'dispute_won', 'dispute_lost', 'reversed'] as const),
      ),
      amount: fc.nat(1_200),
      dispute: fc.constantFrom('a', 'b'),
      minutes: fc.nat(40),
    }),
    { maxLength: 12 },
  )
  .map((steps) => {
    const totals: Record<string, number> = {}
    return steps.map(({ kind, amount, dispute, minutes }): OrderEvent => {
      const isDispute = kind.startsWith('dispute')
      totals[kind] = (totals[kind] ?? 0) + amount
      const given = { amount: isDispute ? cents(amount) : cents(totals[kind]), disputeId: dispute, reason: 'declined' }
      return event({ ...given, kind, at: at(minutes) })
    })
  })

test('in whatever order and however often events come, the same credits and the same state come of them', () => {
  const shuffled = history.chain((events) =>
    fc.record({
      events: fc.constant(events),
      told: fc.shuffledSubarray([...events, ...events, ...events], { minLength: events.length * 3 }),
      open: fc.boolean(),
      rail: fc.constantFrom('card', 'crypto'),
    }),
  )
  fc.assert(
    fc.property(shuffled, ({ events, told, open, rail }) => {
      const given = { rail: rail as Terms['rail'], ...(open && { amount: zero, fee: zero }) }
      const straight = follow(newOrder(given), events)
      const other = follow(newOrder(given), told)
      deepEqual([other.state, other.review, other.net], [straight.state, straight.review, straight.net])
      deepEqual(other.order.facts.received, straight.order.facts.received)
    }),
    { numRuns: 2_000 },
  )
})

test('never is more credited than came, nor more taken back than was credited; facts are stored as they are', () => {
  fc.assert(
    fc.property(history, fc.boolean(), (events, open) => {
      let order = newOrder(open ? { amount: zero, fee: zero } : {})
      for (const each of events) {
        order = applied(order, decide(order, each))
        const { refund, dispute, reversal } = order.taken
        for (const part of [refund, dispute, reversal]) if (part < 0n) return false
        if (refund + dispute + reversal > order.credited) return false
        if (order.credited - reversal > order.facts.received) return false
        deepEqual(readFacts(JSON.parse(JSON.stringify(storeFacts(order.facts)))), order.facts)
      }
      return true
    }),
    { numRuns: 2_000 },
  )
})
