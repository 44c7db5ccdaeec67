import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../../core/ids.ts'
import type { JsonObject } from '../../../core/json.ts'
import { max, type NanoUsd, subtract, toCredits, toUsd, zero } from '../../../core/money.ts'
import { findAccounts } from '../../../accounts/index.ts'
import { unspentOf } from '../../../credits/index.ts'
import {
  type Order,
  orderStates,
  type Question,
  questionsOf,
  railNames,
  railOf,
  refundableOf,
  refundProblemsOf,
  type TimelineEntry,
  timelinesOf,
  totalOf,
  waitingOf,
  wordsOf,
} from '../../../payments/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { creditsText, timeOrNull, timeText, usdText } from '../../fields.ts'
import type { ApiOptions } from '../../options.ts'

const checkout = z.object({ kind: z.literal('checkout'), url: z.string() })
const quote = z.object({
  kind: z.literal('quote'),
  chain_id: z.number().int(),
  checkout_address: z.string(),
  token: z.string().nullable().openapi({ description: "Address of the token; null: the chain's own coin." }),
  token_amount: z.string().openapi({ description: "In the token's smallest unit." }),
  order_key: z.string(),
  usd_nano: z.string().openapi({ description: 'What it is worth, in nano-USD.' }),
  deadline: z.number().int().openapi({ description: 'Seconds since 1970.' }),
  signature: z.string(),
})

const step = z.object({
  at: timeText,
  kind: z.string(),
  state: z.enum(orderStates),
  words: z.string().openapi({ description: 'What its payer reads.' }),
  amount_usd: usdText.optional(),
  tx_hash: z.string().optional(),
  explorer_url: z.string().optional(),
  confirmations: z.number().int().optional(),
  confirmations_needed: z.number().int().optional(),
})

const refundsTo = z.object({
  kind: z.enum(['card', 'address']),
  address: z.string().nullable(),
  chain_id: z.number().int().nullable(),
  is_deposit: z.boolean().openapi({
    description:
      'It was sent to the address of the account, perhaps by an exchange, which may not take money back there.',
  }),
})

export const orderSchema = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    account_id: z.string().openapi({ format: 'uuid' }),
    rail: z.enum(railNames),
    state: z.enum(orderStates),
    amount_usd: usdText.openapi({
      description: 'Worth of the credits; 0: whatever comes, less the fee; once it came, what was credited of it.',
    }),
    fee_usd: usdText,
    total_usd: usdText,
    credits: creditsText.openapi({
      description: 'What was credited, or will be; what was taken back is not taken off.',
    }),
    created_at: timeText,
    expires_at: timeText.nullable(),
    pay: z
      .discriminatedUnion('kind', [checkout, quote])
      .nullable()
      .openapi({ description: 'Where its payer pays, while it can be paid.' }),
    credited_transfer_id: z.string().nullable().openapi({ format: 'uuid' }),
    received_usd: usdText.openapi({ description: 'The money that came for good.' }),
    refunded_usd: usdText.openapi({
      description: 'Worth of the credits whose money went back, or is on its way back.',
    }),
    refundable_usd: usdText.openapi({ description: 'What can be refunded now, by whoever asks.' }),
    refund_problem: z.string().nullable().openapi({ description: 'Why a refund came to nothing, or cannot be had.' }),
    receipt_url: z.string().nullable(),
    invoice_url: z.string().nullable(),
    problem: z.string().nullable().openapi({ description: 'What is wrong with the payment, in words.' }),
    review: z.string().nullable().openapi({ description: 'Why the operator has to look at it.' }),
    waiting_usd: usdText.openapi({ description: 'Money about which the operator has to decide.' }),
    taken: z.string().nullable().openapi({
      description: 'What came in another currency, such as `19.20 EUR`: it is worth what the operator says.',
    }),
    questions: z
      .array(
        z.object({
          about: z.enum(['money', 'refund']),
          why: z.string(),
          waiting_usd: usdText.openapi({ description: 'So much waits; with `asks_worth` the most that it can be.' }),
          asks_worth: z.boolean().openapi({ description: 'The answer has to say what the money is worth.' }),
          actions: z.array(z.enum(['credit', 'refund', 'reject'])).openapi({ description: 'The answers there are.' }),
        }),
      )
      .openapi({ description: 'What the operator has to decide.' }),
    account_name: z.string().nullable().openapi({ description: 'For the operator; null for others.' }),
    refunds_to: refundsTo.nullable().openapi({ description: 'Where refunds go; null: nothing came, or nobody knows.' }),
    timeline: z.array(step),
  })
  .openapi('PaymentOrder')

export type OrderView = z.input<typeof orderSchema>

/** Some orders as the API shows them; `byOperator` is bound by no time for refunds. */
export async function viewsOf(
  api: Pick<ApiOptions, 'payments' | 'clock'>,
  db: Db,
  orders: readonly Order[],
  byOperator: boolean,
): Promise<OrderView[]> {
  const timelines = await timelinesOf(
    db,
    orders.map(({ id }) => id),
  )
  const problems = await refundProblemsOf(db, orders)
  const unspent = await unspentOfAll(db, orders)
  const names = byOperator ? await namesOf(db, orders) : noNames
  const now = new Date(api.clock.nowMs())
  const { settings } = api.payments
  return orders.map((order) => {
    const left = unspent.get(order.creditedTransferId ?? '') ?? zero
    const rules = { days: settings.refundDays, rail: railOf(api.payments, order), now, byOperator }
    const refundable = refundableOf(order, left, rules)
    const timeline = timelines.get(order.id) ?? []
    const isOpen = order.state === 'created' || order.state === 'pending'
    return {
      ...{ id: order.id, account_id: order.accountId, rail: order.rail, state: order.state },
      ...priceOf(order),
      credits: toCredits(order.credited > zero ? order.credited : order.amount),
      ...{ created_at: order.createdAt.toISOString(), expires_at: timeOrNull(order.expiresAt) },
      pay: isOpen ? ((order.pay as OrderView['pay'] | undefined) ?? null) : null,
      credited_transfer_id: order.creditedTransferId ?? null,
      received_usd: toUsd(order.facts.received),
      refunded_usd: toUsd(order.taken.refund),
      refundable_usd: toUsd(refundable.amount),
      refund_problem: problems.get(order.id) ?? (order.credited > zero ? (refundable.why ?? null) : null),
      ...{ receipt_url: order.receiptUrl ?? null, invoice_url: order.invoiceUrl ?? null },
      problem: problemOf(order, timeline),
      review: order.review ?? null,
      waiting_usd: toUsd(waitingOf(order)),
      taken: order.facts.taken ?? null,
      questions: questionsOf(order).map(questionView),
      account_name: names.get(order.accountId) ?? null,
      refunds_to: refundsToOf(order, timeline),
      timeline: timeline.map((entry) => stepOf(entry, order)),
    }
  })
}

export const viewOf = async (
  api: Pick<ApiOptions, 'payments' | 'clock'>,
  db: Db,
  order: Order,
  byOperator: boolean,
): Promise<OrderView> => (await viewsOf(api, db, [order], byOperator))[0]!

async function unspentOfAll(db: Db, orders: readonly Order[]): Promise<ReadonlyMap<Uuid, NanoUsd>> {
  const credited = orders.filter(({ creditedTransferId }) => creditedTransferId !== undefined)
  const all = new Map<Uuid, NanoUsd>()
  for (const [accountId, those] of Map.groupBy(credited, (order) => order.accountId)) {
    const ids = those.map(({ creditedTransferId }) => creditedTransferId!)
    for (const [id, left] of await unspentOf(db, accountId, ids)) all.set(id, left)
  }
  return all
}

const troubled: ReadonlySet<string> = new Set(['failed', 'underpaid', 'overpaid', 'late', 'disputed', 'reversed'])

/** The words of the last event that left the order in a state which its payer has to know of. */
function problemOf(order: Order, timeline: readonly TimelineEntry[]): string | null {
  const { state } = order
  if (state === 'paid') {
    const doubt = timeline.findLast(({ kind }) => kind === 'review')
    return doubt ? wordsOf(doubt, order) : null
  }
  if (!troubled.has(state)) return null
  const told = timeline.findLast((entry) => entry.state === state && !/_back$|^credited$/.test(entry.kind))
  return told ? wordsOf(told, order) : null
}

const shownTexts = ['amount_usd', 'tx_hash', 'explorer_url'] as const
const shownCounts = ['confirmations', 'confirmations_needed'] as const

function stepOf({ at, kind, state, data }: TimelineEntry, order: Order): z.input<typeof step> {
  return {
    ...{ at: at.toISOString(), kind, state, words: wordsOf({ kind, state, data }, order) },
    ...Object.fromEntries(
      shownTexts.filter((name) => typeof data[name] === 'string').map((name) => [name, data[name]]),
    ),
    ...Object.fromEntries(
      shownCounts.filter((name) => typeof data[name] === 'number').map((name) => [name, data[name]]),
    ),
  }
}

/** Of money that came by itself, what became of it; else what was agreed. */
function priceOf(order: Order) {
  const { amount, fee, credited, facts } = order
  const came = amount === zero && credited > zero
  const parts = came
    ? { amount: credited, fee: max(subtract(facts.received, credited), zero), total: facts.received }
    : { amount, fee, total: totalOf(order) }
  return { amount_usd: toUsd(parts.amount), fee_usd: toUsd(parts.fee), total_usd: toUsd(parts.total) }
}

const noNames: ReadonlyMap<Uuid, string> = new Map()

async function namesOf(db: Db, orders: readonly Order[]): Promise<ReadonlyMap<Uuid, string>> {
  const ids = new Set(orders.map(({ accountId }) => accountId))
  return new Map((await findAccounts(db, [...ids])).map(({ id, name }) => [id, name]))
}

const questionView = ({ about, why, waiting, asksWorth, actions }: Question) => ({
  ...{ about, why, waiting_usd: toUsd(waiting), asks_worth: asksWorth, actions: [...actions] },
})

/** By card to the card; else to whoever sent it, as the chain says. */
function refundsToOf(order: Order, timeline: readonly TimelineEntry[]): z.input<typeof refundsTo> | null {
  const { rail, amount, facts } = order
  const came = timeline.find(({ kind }) => kind === 'received')
  // What came in another currency is no USD yet, and goes back to its card all the same.
  if (rail === 'card' && (came || facts.taken !== undefined))
    return { kind: 'card', address: null, chain_id: null, is_deposit: false }
  if (!came) return null
  const { payer, chain_id: chainId } = came.data
  if (typeof payer !== 'string' || typeof chainId !== 'number' || /^0x0+$/.test(payer)) return null
  return { kind: 'address', address: payer, chain_id: chainId, is_deposit: rail === 'crypto' && amount === zero }
}

/** What the audit log keeps of an order. */
export const noteFields = (order: Order): JsonObject => ({
  ...{ rail: order.rail, state: order.state, amount_usd: toUsd(order.amount), fee_usd: toUsd(order.fee) },
})
