import { assert } from '../../core/assert.ts'
import type { Uuid } from '../../core/ids.ts'
import { max, min, type NanoUsd, nanoUsd, zero } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { holdStill, unspentOf } from '../../credits/index.ts'
import type { Rail } from '../rail.ts'
import { refundOpen } from './facts.ts'
import { advance, findOrder, lockOrder, type OrderTools } from './orders.ts'
import {
  claimDueRefunds,
  findRefundRow,
  findRefundRowByKey,
  insertRefund,
  listRefundRows,
  lockRefundRow,
  type RefundRow,
  updateRefundRow,
} from './store.ts'
import type { Order } from './types.ts'

/** What of an order its payer may have back, and why it is not more. */
export type Refundable = { readonly amount: NanoUsd; readonly why: string | undefined }

export type RefundRules = {
  /** For so many days after the money came. */
  readonly days: number
  /** How its rail sends money back; undefined: not at all. */
  readonly rail: Pick<Rail, 'refund'> | undefined
  readonly now: Date
  /** The operator is bound by no time. */
  readonly byOperator: boolean
}

const dayMs = 86_400_000
/** Nothing finer is sent back. */
const cent = 10_000_000n

/** `unspent`: what is left of what it bought. Pure. */
export function refundableOf(order: Order, unspent: NanoUsd, { days, rail, now, byOperator }: RefundRules): Refundable {
  const { credited, taken, facts } = order
  const stands = nanoUsd(credited - taken.refund - taken.dispute - taken.reversal)
  if (stands <= zero) return { amount: zero, why: 'Nothing of this order is left to refund.' }
  if (!rail?.refund) return { amount: zero, why: 'Payments of this kind are not sent back from here.' }
  if (order.state === 'disputed') return { amount: zero, why: "The cardholder's bank decides about this payment." }
  const until = (facts.receivedAt ?? 0) + days * dayMs
  if (!byOperator && now.getTime() >= until)
    return { amount: zero, why: `Refunds can be had within ${days} days; ask the operator.` }
  const left = max(min(stands, unspent), zero)
  const amount = nanoUsd(left - (left % cent))
  return { amount, why: amount === zero ? 'Its credits are spent.' : undefined }
}

export type RefundRequest = {
  readonly orderId: Uuid
  readonly personId: Uuid | undefined
  /** Absent: all that can be had. */
  readonly amount: NanoUsd | undefined
  readonly rules: RefundRules
  /** The same refund for the same key. */
  readonly key: string | undefined
  /** Done in the transaction that takes the credits. */
  readonly onAsked: (tx: Db, order: Order, amount: NanoUsd) => Promise<void>
}

export type RefundBegun =
  | { readonly kind: 'begun'; readonly refundId: Uuid }
  /** `refundable` may be had. */
  | { readonly kind: 'refused'; readonly refundable: Refundable }
  | { readonly kind: 'key-used' }
  | { readonly kind: 'unknown' }

/** Takes the credits of a refund, so that nobody spends them while the money goes back. Its rail is asked next. */
export function beginRefund(db: Db, request: RefundRequest, tools: OrderTools): Promise<RefundBegun> {
  const { orderId, personId, rules, key } = request
  return inTransaction(db, async (tx) => {
    const order = await lockOrder(tx, orderId)
    if (!order) return { kind: 'unknown' }
    const before = key === undefined ? undefined : await findRefundRowByKey(tx, key)
    if (before) {
      const isSame = before.order_id === orderId && (request.amount ?? before.amount) === before.amount
      return isSame ? { kind: 'begun', refundId: before.id } : { kind: 'key-used' }
    }
    // What is unspent now is still there when it is taken: a refund never leaves a debt.
    await holdStill(tx, order.accountId)
    const refundable = refundableOf(order, await unspentOfOrder(tx, order), rules)
    const amount = request.amount ?? refundable.amount
    if (amount <= zero || amount > refundable.amount) return { kind: 'refused', refundable }
    const [id, now] = [tools.makeId(), new Date(tools.clock.nowMs())]
    await insertRefund(tx, {
      ...{ id, order_id: orderId, person_id: personId ?? null, amount, state: 'asked', problem: null, attempts: 0 },
      ...{ next_at: new Date(now.getTime() + retryMs), created_at: now, ended_at: null, key: key ?? null },
    })
    await advance(tx, orderId, { key: `refund:${id}`, at: now, kind: 'refund_asked', amount }, tools)
    await request.onAsked(tx, order, amount)
    return { kind: 'begun', refundId: id }
  })
}

async function unspentOfOrder(tx: Db, { accountId, creditedTransferId: transferId }: Order): Promise<NanoUsd> {
  if (transferId === undefined) return zero
  return (await unspentOf(tx, accountId, [transferId])).get(transferId) ?? zero
}

const retryMs = 60_000
const retryMsMax = 3_600_000

/**
 * Asks the rail to send a refund. Where nobody knows what became of it, it is asked for again later (`retryRefunds`), as the
 * same refund. Returns what is known of it then.
 */
export async function sendRefund(
  db: Db,
  rail: Pick<Rail, 'refund'> | undefined,
  refundId: Uuid,
  tools: OrderTools,
): Promise<RefundRow['state']> {
  const row = await findRefundRow(db, refundId)
  assert(row !== undefined, 'a refund is never deleted')
  const order = await findOrder(db, row.order_id)
  if (row.state !== 'asked' || !rail?.refund || !order) return row.state
  try {
    const answer = await rail.refund(order, { id: row.id, amount: row.amount })
    return await endRefund(db, row, answer, tools)
  } catch (error) {
    const wait = Math.min(retryMs * 2 ** row.attempts, retryMsMax)
    const next = { next_at: new Date(tools.clock.nowMs() + wait), attempts: row.attempts + 1 }
    await updateRefundRow(db, refundId, next)
    throw error
  }
}

type Answer = Awaited<ReturnType<NonNullable<Rail['refund']>>>

/** Writes down what a rail said of a refund, once. */
function endRefund(db: Db, { id, order_id: orderId, amount }: RefundRow, answer: Answer, tools: OrderTools) {
  const at = new Date(tools.clock.nowMs())
  return inTransaction(db, async (tx) => {
    await lockOrder(tx, orderId)
    const row = await lockRefundRow(tx, id)
    if (row?.state !== 'asked') return row!.state
    switch (answer.kind) {
      case 'sent':
        await updateRefundRow(tx, id, { state: 'sent', next_at: null, ended_at: at })
        return 'sent'
      case 'by_hand':
        await updateRefundRow(tx, id, { state: 'by_hand', next_at: null })
        await advance(tx, orderId, { key: `refund_by_hand:${id}`, at, kind: 'refund_by_hand' }, tools)
        return 'by_hand'
      case 'refused': {
        await updateRefundRow(tx, id, { state: 'refused', next_at: null, ended_at: at, problem: answer.why })
        const reason = answer.why
        await advance(tx, orderId, { key: `refund_refused:${id}`, at, kind: 'refund_refused', amount, reason }, tools)
        return 'refused'
      }
    }
  })
}

/** A job: asks rails again for refunds of which nobody knows what became. Returns how many. */
export async function retryRefunds(
  db: Db,
  railOf: (order: Order) => Pick<Rail, 'refund'> | undefined,
  tools: OrderTools,
  onFault: (error: unknown) => void,
): Promise<number> {
  const now = tools.clock.nowMs()
  const due = await claimDueRefunds(db, new Date(now), new Date(now + retryMs), 20)
  for (const { id, order_id: orderId } of due) {
    const order = await findOrder(db, orderId)
    if (order) await sendRefund(db, railOf(order), id, tools).catch(onFault)
  }
  return due.length
}

/** What the operator says of refunds that a person sends: they were sent, or they will not be. Returns how much that was. */
export async function settleByHand(
  tx: Db,
  order: Order,
  outcome: { readonly kind: 'sent' } | { readonly kind: 'refused'; readonly why: string },
  tools: OrderTools,
): Promise<NanoUsd> {
  const at = new Date(tools.clock.nowMs())
  const waiting = (await listRefundRows(tx, [order.id])).filter(({ state }) => state === 'by_hand')
  const amount = waiting.reduce((sum, each) => nanoUsd(sum + each.amount), zero)
  if (amount === zero) return zero
  const ended = { state: outcome.kind, ended_at: at, problem: outcome.kind === 'refused' ? outcome.why : null }
  for (const { id } of waiting) await updateRefundRow(tx, id, ended)
  const key = `by_hand:${waiting.map(({ id }) => id).join(':')}`
  if (outcome.kind === 'sent') {
    const total = nanoUsd(order.facts.refunded + min(amount, refundOpen(order.facts)))
    await advance(tx, order.id, { key, at, kind: 'refunded', amount: total }, tools)
  } else await advance(tx, order.id, { key, at, kind: 'refund_refused', amount, reason: outcome.why }, tools)
  return amount
}

/** Why the last refund of each of some orders came to nothing. */
export async function refundProblemsOf(db: Db, orders: readonly Order[]): Promise<ReadonlyMap<Uuid, string>> {
  if (orders.length === 0) return new Map()
  const rows = await listRefundRows(
    db,
    orders.map(({ id }) => id),
  )
  const last = new Map(rows.map((row) => [row.order_id, row.problem]))
  const failed = 'A refund failed on its way; its credits came back.'
  return new Map(
    orders.flatMap(({ id, facts }) => {
      const problem = last.get(id) ?? (facts.refundFailed > zero ? failed : undefined)
      return problem === undefined ? [] : [[id, problem]]
    }),
  )
}
