import { assert } from '../../core/assert.ts'
import type { Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import { add, type NanoUsd, zero } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { tellByMail } from '../../mails/index.ts'
import { decide } from './decide.ts'
import { noFacts } from './facts.ts'
import { feeOf } from './fees.ts'
import { post } from './post.ts'
import { problemMailOf } from './problem-mail.ts'
import {
  findOrderRow,
  findOrderRowByKey,
  findPassedOrders,
  hasEvent,
  insertEvents,
  insertOrder,
  listEventRows,
  listOrderRows,
  lockOrderRow,
  notifyOrder,
  type OrderRow,
  type OrderSearch,
  updateOrderRow,
} from './store.ts'
import { readFacts, storeFacts } from './stored-facts.ts'
import { dataOf } from './timeline.ts'
import type { FeeTerms, Order, OrderEvent, OwnEvent, RailName, TimelineEntry } from './types.ts'

export type OrderTools = { readonly makeId: MakeId; readonly clock: Pick<Clock, 'nowMs'> }

export type NewOrder = {
  readonly accountId: Uuid
  /** Who asks; nobody where a key does, the server itself, or money that came by itself. */
  readonly personId?: Uuid | undefined
  readonly rail: RailName
  /** Worth of the credits; 0: whatever comes, less the fee. */
  readonly amount: NanoUsd
  readonly terms: FeeTerms
  /** For how many days its credits are neither paid out nor traded. */
  readonly heldDays: number
  readonly expiresAt?: Date | undefined
  /** What its rail names it by: the same order for the same key, however often it is asked for. */
  readonly key?: string | undefined
}

/** Makes an order, or finds the one that was made under this key before. */
export async function createOrder(db: Db, asked: NewOrder, tools: OrderTools): Promise<Order> {
  const { order } = await makeOrder(db, asked, tools)
  assert(order.accountId === asked.accountId && order.rail === asked.rail, 'a key names one order')
  return order
}

/** The same, and whether it is new. */
export function makeOrder(
  db: Db,
  asked: NewOrder,
  { makeId, clock }: OrderTools,
): Promise<{ readonly order: Order; readonly isNew: boolean }> {
  const now = new Date(clock.nowMs())
  const row: OrderRow = {
    ...{ id: makeId(), account_id: asked.accountId, person_id: asked.personId ?? null },
    ...{ rail: asked.rail, key: asked.key ?? null, state: 'created', facts: storeFacts(noFacts) },
    ...{ amount: asked.amount, fee: feeOf(asked.amount, asked.terms) },
    ...{ fee_bps: asked.terms.bps, fee_fixed: asked.terms.fixed, held_days: asked.heldDays },
    ...{ credited: zero, taken_refund: zero, taken_dispute: zero, taken_reversal: zero, credited_transfer_id: null },
    ...{ pay: null, receipt_url: null, invoice_url: null, review: null, sequence: 1 },
    ...{ created_at: now, changed_at: now, expires_at: asked.expiresAt ?? null },
  }
  return inTransaction(db, async (tx) => {
    if (!(await insertOrder(tx, row))) {
      const before = await findOrderRowByKey(tx, asked.key!)
      assert(before !== undefined, 'an order is never deleted')
      return { order: orderOf(before), isNew: false }
    }
    const data = dataOf({ kind: 'created' }, orderOf(row))
    const first = { order_id: row.id, sequence: 1, at: now, key: 'created', kind: 'created', state: row.state, data }
    await insertEvents(tx, [first])
    await notifyOrder(tx, row.account_id, row.id)
    return { order: orderOf(row), isNew: true }
  })
}

export const findOrder = async (db: Db, id: Uuid): Promise<Order | undefined> => {
  const row = await findOrderRow(db, id)
  return row && orderOf(row)
}

/** The same, locked: nothing of it changes until the transaction ends. */
export const lockOrder = async (tx: Db, id: Uuid): Promise<Order | undefined> => {
  const row = await lockOrderRow(tx, id)
  return row && orderOf(row)
}

export const findOrderByKey = async (db: Db, key: string): Promise<Order | undefined> => {
  const row = await findOrderRowByKey(db, key)
  return row && orderOf(row)
}

export type Advanced =
  | { readonly kind: 'advanced'; readonly order: Order }
  /** An event of this key was told before; nothing changed. */
  | { readonly kind: 'repeated'; readonly order: Order }
  | { readonly kind: 'unknown' }

/**
 * Tells an order what happened. What it means is decided, done on the ledger and written into the timeline in one
 * transaction, one event after the other.
 */
export function advance(
  db: Db,
  orderId: Uuid,
  event: OrderEvent | OwnEvent,
  { makeId, clock }: OrderTools,
): Promise<Advanced> {
  return inTransaction(db, async (tx) => {
    const row = await lockOrderRow(tx, orderId)
    if (!row) return { kind: 'unknown' }
    const order = orderOf(row)
    if (await hasEvent(tx, orderId, event.key)) return { kind: 'repeated', order }
    const decision = decide(order, event)
    const now = new Date(clock.nowMs())
    const posting = await post(tx, { order, decision, sequence: row.sequence + 1, makeId, now })
    const isPaid = decision.state === 'credited' && decision.effects.some(({ kind }) => kind === 'credit')
    const entries = [
      {
        ...{ at: event.at, key: event.key, kind: event.kind, data: dataOf(event, order) },
        state: isPaid ? ('paid' as const) : decision.state,
      },
      ...posting.entries.map((entry) => ({ ...entry, at: now, state: decision.state })),
    ]
    const events = entries.map((entry, at) => ({ order_id: orderId, sequence: row.sequence + 1 + at, ...entry }))
    await insertEvents(tx, events)
    const changed = await updateOrderRow(tx, orderId, {
      ...posting.columns,
      facts: storeFacts(decision.facts),
      state: decision.state,
      review: decision.review ?? null,
      sequence: row.sequence + events.length,
      changed_at: now,
    })
    await notifyOrder(tx, row.account_id, orderId)
    const changedOrder = orderOf(changed!)
    const news = problemMailOf(order, changedOrder, event)
    if (news) await tellByMail(tx, news, { makeId, clock })
    return { kind: 'advanced', order: changedOrder }
  })
}

/** What of an order is not its money: where to pay, and its papers. What is absent stays as it is. */
export async function describeOrder(
  db: Db,
  id: Uuid,
  { pay, receiptUrl, invoiceUrl }: Partial<Pick<Order, 'pay' | 'receiptUrl' | 'invoiceUrl'>>,
): Promise<void> {
  const row = await updateOrderRow(db, id, {
    ...(pay !== undefined && { pay }),
    ...(receiptUrl !== undefined && { receipt_url: receiptUrl }),
    ...(invoiceUrl !== undefined && { invoice_url: invoiceUrl }),
  })
  if (row) await notifyOrder(db, row.account_id, id)
}

/** Newest first. */
export const listOrders = async (db: Db, search: OrderSearch): Promise<Order[]> =>
  (await listOrderRows(db, search)).map(orderOf)

/** Everything that happened to some orders, oldest first. */
export async function timelinesOf(db: Db, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, readonly TimelineEntry[]>> {
  const rows = ids.length === 0 ? [] : await listEventRows(db, ids)
  return Map.groupBy(rows, ({ order_id: id }) => id)
}

const passedAtOnce = 500

/** A job: ends orders that nobody paid in time. Money that comes for one later is still dealt with. Returns how many. */
export async function expireOrders(db: Db, tools: OrderTools): Promise<number> {
  const at = new Date(tools.clock.nowMs())
  const passed = await findPassedOrders(db, at, passedAtOnce)
  for (const id of passed) await advance(db, id, { key: 'expired', at, kind: 'expired' }, tools)
  return passed.length
}

const orderOf = (row: OrderRow): Order => ({
  id: row.id,
  accountId: row.account_id,
  personId: row.person_id ?? undefined,
  rail: row.rail,
  key: row.key ?? undefined,
  state: row.state,
  amount: row.amount,
  fee: row.fee,
  feeTerms: { bps: row.fee_bps, fixed: row.fee_fixed },
  expiresAt: row.expires_at ?? undefined,
  facts: readFacts(row.facts),
  credited: row.credited,
  taken: { refund: row.taken_refund, dispute: row.taken_dispute, reversal: row.taken_reversal },
  heldDays: row.held_days,
  creditedTransferId: row.credited_transfer_id ?? undefined,
  pay: row.pay ?? undefined,
  receiptUrl: row.receipt_url ?? undefined,
  invoiceUrl: row.invoice_url ?? undefined,
  review: row.review ?? undefined,
  createdAt: row.created_at,
  changedAt: row.changed_at,
})

/** What its payer pays: the credits and the fee. */
export const totalOf = ({ amount, fee }: Pick<Order, 'amount' | 'fee'>): NanoUsd => add(amount, fee)
