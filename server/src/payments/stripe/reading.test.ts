import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Stripe } from 'stripe'
import { usd, zero } from '../../core/money.ts'
import { readingOf } from './reading.ts'
import { nothingThere, type Snapshot } from './snapshot.ts'

/** Of Stripe's large objects, what is read. */
type Part<T> = { readonly [Name in keyof T]?: unknown }
const as = <T>(part: Part<T>): T => part as T

const at = new Date('2026-01-31T00:00:00Z')
const intent = (more: Partial<Stripe.PaymentIntent> = {}) =>
  as<Stripe.PaymentIntent>({
    ...{ id: 'pi_1', status: 'succeeded', currency: 'usd', amount_received: 2_100, created: 100 },
    ...{ last_payment_error: null, ...more },
  })
const charge = as<Stripe.Charge>({
  id: 'ch_1',
  status: 'succeeded',
  created: 101,
  receipt_url: 'https://receipt.example',
})
const session = (more: object = {}) =>
  as<Stripe.Checkout.Session>({
    id: 'cs_1',
    status: 'complete',
    total_details: { amount_tax: 0 },
    invoice: null,
    ...more,
  })
const refund = (amount: number, status: string, created = 102) => as<Stripe.Refund>({ amount, status, created })
const dispute = (status: string, amount = 2_100) =>
  as<Stripe.Dispute>({ id: 'dp_1', status, amount, created: 103, reason: 'fraudulent' })

const told = (snapshot: Partial<Snapshot>, way: 'page' | 'card' | 'auto' = 'page', worth = zero) => {
  const reading = readingOf({ ...nothingThere, ...snapshot }, { way, at, worth })
  const events = reading.events.map(({ kind, ...event }) => ('amount' in event ? [kind, event.amount] : [kind]))
  return { ...reading, events }
}

test('what was paid is told less the tax, with its receipt', () => {
  const paid = told({ session: session({ total_details: { amount_tax: 100 } }), intent: intent(), charge })
  deepEqual(paid.events, [['received', usd(20)]])
  deepEqual(
    [paid.outcome, paid.links.receiptUrl, paid.names],
    ['paid', 'https://receipt.example', { intentId: 'pi_1', chargeId: 'ch_1' }],
  )
})

test('money in another currency is looked at by a person; what goes back of it is a share of what it was said to be worth', () => {
  const paid = { session: session(), intent: intent({ currency: 'jpy', amount_received: 3_000 }), charge }
  const back = { refunds: [refund(1_500, 'succeeded')], disputes: [dispute('needs_response', 600)] }
  deepEqual(told({ ...paid, ...back }).events, [['review']])
  const { events } = readingOf({ ...nothingThere, ...paid }, { way: 'page', at, worth: zero })
  deepEqual(
    events.map((each) => each.kind === 'review' && [each.reason, each.taken]),
    [['Stripe took 3000 JPY, not USD.', '3000 JPY']],
  )
  deepEqual(told({ ...paid, ...back }, 'page', usd(20)).events, [
    ['review'],
    ['refunded', usd(10)],
    ['disputed', usd(4)],
  ])
})

test('refunds are told as running totals: all that were ever made, and those of them that failed', () => {
  const refunds = [refund(300, 'succeeded'), refund(200, 'pending'), refund(100, 'failed'), refund(50, 'canceled')]
  const taxed = session({ total_details: { amount_tax: 0 } })
  const { events } = told({ session: taxed, intent: intent(), charge, refunds })
  deepEqual(events, [
    ['received', usd(21)],
    ['refunded', 6_500_000_000n],
    ['refund_failed', 1_500_000_000n],
  ])
})

test('a dispute takes the money, an end gives it back or not, and a question of a bank moves nothing', () => {
  const kinds = (status: string) =>
    told({ session: session(), intent: intent(), charge, disputes: [dispute(status)] }).events.slice(1)
  const opened = ['disputed', usd(21)]
  deepEqual(kinds('needs_response'), [opened])
  deepEqual(kinds('under_review'), [opened])
  deepEqual(kinds('appeal_under_review'), [opened])
  deepEqual(kinds('won'), [opened, ['dispute_won']])
  deepEqual(kinds('lost'), [opened, ['dispute_lost']])
  for (const status of ['warning_needs_response', 'warning_under_review', 'warning_closed', 'prevented'])
    deepEqual(kinds(status), [], status)
})

const error = as<Stripe.PaymentIntent.LastPaymentError>({ code: 'card_declined', decline_code: 'insufficient_funds' })
const declined = { status: 'requires_payment_method' as const, amount_received: 0, last_payment_error: error }

test('a card that is declined ends a charge of a saved card, but no visit to the pay page', () => {
  const open = session({ status: 'open' })
  const failed = as<Stripe.Charge>({
    id: 'ch_1',
    status: 'failed',
    created: 101,
    failure_code: 'card_declined',
    outcome: null,
  })
  const tried = told({ session: open, intent: intent(declined), charge: failed })
  deepEqual([tried.events, tried.outcome], [[['seen']], undefined])
  const ended = told({ intent: intent(declined), charge: failed }, 'auto')
  deepEqual([ended.events, ended.outcome, ended.decline?.kind], [[['failed']], 'failed', 'declined'])
})

test('a bank that wants to see the card holder ends a charge without them, and not one where they are there', () => {
  const wanted = intent({ ...declined, last_payment_error: { ...error, code: 'authentication_required' } })
  deepEqual([told({ intent: wanted }, 'auto').outcome, told({ intent: wanted }, 'card').outcome], ['failed', undefined])
  equal(told({ intent: wanted }, 'card').decline?.kind, 'authentication')
})

test('a page that nobody paid on ends with it; a payment that a bank works on does not', () => {
  deepEqual(told({ session: session({ status: 'expired' }) }).events, [['expired']])
  const working = told({ session: session(), intent: intent({ status: 'processing', amount_received: 0 }) })
  deepEqual([working.events, working.outcome], [[['seen']], undefined])
  const late = told({ session: session(), intent: intent(declined) })
  deepEqual([late.events, late.outcome], [[['failed']], 'failed'])
})
