import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import { type NanoUsd, zero } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import type { OrderState, RailName } from './types.ts'

export type OrderRow = {
  id: Uuid
  account_id: Uuid
  person_id: Uuid | null
  rail: RailName
  key: string | null
  state: OrderState
  amount: NanoUsd
  fee: NanoUsd
  fee_bps: number
  fee_fixed: NanoUsd
  facts: JsonObject
  credited: NanoUsd
  taken_refund: NanoUsd
  taken_dispute: NanoUsd
  taken_reversal: NanoUsd
  credited_transfer_id: Uuid | null
  held_days: number
  pay: JsonObject | null
  receipt_url: string | null
  invoice_url: string | null
  review: string | null
  sequence: number
  created_at: Date
  changed_at: Date
  expires_at: Date | null
}

export type EventRow = {
  order_id: Uuid
  sequence: number
  at: Date
  key: string
  kind: string
  state: OrderState
  data: JsonObject
}

export type RefundRow = {
  id: Uuid
  order_id: Uuid
  person_id: Uuid | null
  amount: NanoUsd
  state: 'asked' | 'sent' | 'by_hand' | 'refused'
  problem: string | null
  attempts: number
  next_at: Date | null
  created_at: Date
  ended_at: Date | null
  key: string | null
}

/** Rows of server/migrations/0017-orders.sql and 0020-codes.sql. */
const tables = (db: Db) =>
  db.withTables<{ payment_order: OrderRow; payment_event: EventRow; payment_refund: RefundRow }>()

/** `false`: there is one of that key. */
export const insertOrder = async (db: Db, row: OrderRow): Promise<boolean> => {
  const inserted = tables(db).insertInto('payment_order').values(row)
  const done = await inserted.onConflict((conflict) => conflict.column('key').doNothing()).executeTakeFirst()
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const findOrderRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('payment_order').selectAll().where('id', '=', id).executeTakeFirst()

export const findOrderRowByKey = (db: Db, key: string) =>
  tables(db).selectFrom('payment_order').selectAll().where('key', '=', key).executeTakeFirst()

/** Locks the order against every other change until the transaction ends. */
export const lockOrderRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('payment_order').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()

export const updateOrderRow = (db: Db, id: Uuid, change: Partial<Omit<OrderRow, 'id' | 'account_id'>>) =>
  tables(db).updateTable('payment_order').set(change).where('id', '=', id).returningAll().executeTakeFirst()

export const hasEvent = async (db: Db, orderId: Uuid, key: string): Promise<boolean> => {
  const told = tables(db).selectFrom('payment_event').where('order_id', '=', orderId).where('key', '=', key)
  return (await told.select('sequence').executeTakeFirst()) !== undefined
}

export const insertEvents = (db: Db, rows: readonly EventRow[]) =>
  tables(db).insertInto('payment_event').values(rows).execute()

export const listEventRows = (db: Db, orderIds: readonly Uuid[]) =>
  tables(db)
    .selectFrom('payment_event')
    .selectAll()
    .where('order_id', 'in', orderIds)
    .orderBy('order_id')
    .orderBy('sequence')
    .execute()

/** Told to whoever listens, when the transaction ends. */
export const notifyOrder = (db: Db, accountId: Uuid, orderId: Uuid) =>
  sql`select pg_notify('redpill_orders', ${`${accountId} ${orderId}`})`.execute(db)

export type OrderSearch = {
  readonly accountId?: Uuid | undefined
  readonly states?: readonly OrderState[] | undefined
  readonly rail?: RailName | undefined
  /** Only those that the operator has to look at. */
  readonly review?: boolean | undefined
  readonly beforeId?: Uuid | undefined
  readonly limit: number
}

/** Newest first. */
export function listOrderRows(db: Db, { accountId, states, rail, review, beforeId, limit }: OrderSearch) {
  let query = tables(db).selectFrom('payment_order').selectAll()
  if (accountId !== undefined) query = query.where('account_id', '=', accountId)
  if (states !== undefined) query = query.where('state', 'in', states)
  if (rail !== undefined) query = query.where('rail', '=', rail)
  if (review === true) query = query.where('review', 'is not', null)
  if (beforeId !== undefined) query = query.where('id', '<', beforeId)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

/** Orders made since a moment that nobody has paid yet. */
export const countOpenOrders = async (db: Db, accountId: Uuid, since: Date): Promise<number> => {
  const open = tables(db).selectFrom('payment_order').where('account_id', '=', accountId)
  const made = open.where('state', 'in', ['created', 'pending']).where('created_at', '>', since)
  return Number((await made.select(({ fn }) => fn.countAll<bigint>().as('count')).executeTakeFirstOrThrow()).count)
}

/** Orders that nobody paid in time. */
export const findPassedOrders = async (db: Db, now: Date, limit: number): Promise<Uuid[]> => {
  const open = tables(db).selectFrom('payment_order').select('id').where('state', 'in', ['created', 'pending'])
  const passed = open.where('expires_at', '<', now).orderBy('expires_at').limit(limit)
  return (await passed.execute()).map(({ id }) => id)
}

export const insertRefund = (db: Db, row: RefundRow) => tables(db).insertInto('payment_refund').values(row).execute()

export const findRefundRowByKey = (db: Db, key: string) =>
  tables(db).selectFrom('payment_refund').selectAll().where('key', '=', key).executeTakeFirst()

export const findRefundRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('payment_refund').selectAll().where('id', '=', id).executeTakeFirst()

/** The same, locked until the transaction ends. */
export const lockRefundRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('payment_refund').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst()

export const updateRefundRow = (db: Db, id: Uuid, change: Partial<Omit<RefundRow, 'id' | 'order_id'>>) =>
  tables(db).updateTable('payment_refund').set(change).where('id', '=', id).execute()

/** Of some orders, oldest first. */
export const listRefundRows = (db: Db, orderIds: readonly Uuid[]) =>
  tables(db).selectFrom('payment_refund').selectAll().where('order_id', 'in', orderIds).orderBy('id').execute()

/** Refunds whose rail has to be asked; those that somebody else asks for now are left to them until `until`. */
export const claimDueRefunds = async (db: Db, now: Date, until: Date, limit: number) => {
  const due = tables(db)
    .selectFrom('payment_refund')
    .select('id')
    .where('state', '=', 'asked')
    .where('next_at', '<=', now)
  const free = due.orderBy('next_at').limit(limit).forUpdate().skipLocked()
  const claimed = tables(db).updateTable('payment_refund').set({ next_at: until }).where('id', 'in', free)
  return claimed.returningAll().execute()
}

export type OrderSums = Readonly<Record<'card' | 'crypto' | 'refund' | 'dispute' | 'reversal', NanoUsd>>

/** What all orders together say was credited and taken back. */
export async function sumOrders(db: Db): Promise<OrderSums> {
  const { rows } = await sql<OrderSums>`
    select coalesce(sum(credited) filter (where rail = 'card'), 0)::bigint as card,
      coalesce(sum(credited) filter (where rail <> 'card'), 0)::bigint as crypto,
      coalesce(sum(taken_refund), 0)::bigint as refund,
      coalesce(sum(taken_dispute), 0)::bigint as dispute,
      coalesce(sum(taken_reversal), 0)::bigint as reversal
    from payment_order`.execute(db)
  return rows[0]!
}

export const hasOrder = async (db: Db, accountId: Uuid): Promise<boolean> => {
  const any = tables(db).selectFrom('payment_order').select('id').where('account_id', '=', accountId)
  return (await any.where('credited', '>', zero).limit(1).executeTakeFirst()) !== undefined
}

export type Buyer = { readonly accountId: Uuid; readonly isPastRefunds: boolean }

/**
 * Those of some accounts that bought something of which nothing was given back and nothing is disputed, and whether one such
 * purchase is past its hold and the days in which it may be refunded.
 */
export async function findStandingBuyers(
  db: Db,
  accountIds: readonly Uuid[],
  { now, refundDays }: { readonly now: Date; readonly refundDays: number },
): Promise<readonly Buyer[]> {
  if (accountIds.length === 0) return []
  const isPast = sql<boolean>`bool_or(to_timestamp((facts ->> 'receivedAt')::float8 / 1000)
    + make_interval(days => greatest(held_days, ${refundDays}::integer)) <= ${now})`
  return tables(db)
    .selectFrom('payment_order')
    .where('account_id', 'in', accountIds)
    .where('credited', '>', zero)
    .where('state', '<>', 'disputed')
    .where(sql<boolean>`taken_refund + taken_dispute + taken_reversal = 0`)
    .groupBy('account_id')
    .select(['account_id as accountId', isPast.as('isPastRefunds')])
    .execute()
}
