import { sql } from 'kysely'
import type { Uuid } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'

export type WebhookRow = {
  id: Uuid
  account_id: Uuid
  url: string
  events: string[]
  secret_sealed: string
  all_accounts: boolean
  allow_private: boolean
  disabled: boolean
  created_at: Date
  deleted_at: Date | null
}

type AlertRow = { account_id: Uuid; threshold: NanoUsd; is_low: boolean }
export type EventRow = { id: Uuid; account_id: Uuid; type: string; crossing: string; data: JsonObject; at: Date }
export type DeliveryRow = {
  id: Uuid
  event_id: Uuid
  webhook_id: Uuid
  status: 'pending' | 'delivered' | 'failed'
  attempts: number
  next_at: Date
  answer_status: number | null
  problem: string | null
  created_at: Date
  ended_at: Date | null
}

/** Rows of server/migrations/0009-webhooks.sql. */
const tables = (db: Db) =>
  db.withTables<{
    webhook: WebhookRow
    balance_alert: AlertRow
    webhook_event: EventRow
    webhook_delivery: DeliveryRow
  }>()

export const insertWebhook = (db: Db, row: WebhookRow) => tables(db).insertInto('webhook').values(row).execute()

export const findWebhookRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('webhook').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst()

export const countWebhookRows = async (db: Db, accountId: Uuid): Promise<number> => {
  const counted = tables(db).selectFrom('webhook').where('account_id', '=', accountId).where('deleted_at', 'is', null)
  return Number((await counted.select(({ fn }) => fn.countAll<bigint>().as('count')).executeTakeFirstOrThrow()).count)
}

/** Newest first. */
export function listWebhookRows(
  db: Db,
  { accountId, beforeId, limit }: { accountId: Uuid | undefined; beforeId: Uuid | undefined; limit: number },
) {
  let query = tables(db).selectFrom('webhook').selectAll().where('deleted_at', 'is', null)
  if (accountId !== undefined) query = query.where('account_id', '=', accountId)
  if (beforeId !== undefined) query = query.where('id', '<', beforeId)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

export const updateWebhookRow = (db: Db, id: Uuid, change: Partial<Omit<WebhookRow, 'id'>>) =>
  tables(db)
    .updateTable('webhook')
    .set(change)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst()

/** Whether anybody listens for any of these. */
export const hasListeners = async (db: Db, types: readonly string[]): Promise<boolean> => {
  const listening = listeners(db).where(sql<boolean>`events && ${[...types]}::text[]`)
  return (await listening.select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Those who listen for an event of an account. */
export const findListenerIds = async (db: Db, type: string, accountId: Uuid): Promise<Uuid[]> => {
  const listening = listeners(db)
    .where(sql<boolean>`${type} = any (events)`)
    .where((where) => where.or([where('all_accounts', '=', true), where('account_id', '=', accountId)]))
  return (await listening.select('id').execute()).map(({ id }) => id)
}

const listeners = (db: Db) =>
  tables(db).selectFrom('webhook').where('disabled', '=', false).where('deleted_at', 'is', null)

/** `false`: another process is at it. Held until the transaction ends. */
export async function tryWatchLock(db: Db): Promise<boolean> {
  const { rows } = await sql<{ ours: boolean }>`select pg_try_advisory_xact_lock(7311805223) as ours`.execute(db)
  return rows[0]?.ours ?? false
}

/** Up to where receipts have been looked at, locked; `undefined`: another process is at it. */
export async function lockWatched(db: Db): Promise<bigint | undefined> {
  const { rows } = await sql<{ posting: bigint }>`
    select posting from keys_watched for no key update skip locked`.execute(db)
  return rows[0]?.posting
}

export const updateWatched = (db: Db, posting: bigint) => sql`update keys_watched set posting = ${posting}`.execute(db)

export const findAlertRow = (db: Db, accountId: Uuid) =>
  tables(db).selectFrom('balance_alert').selectAll().where('account_id', '=', accountId).executeTakeFirst()

/** A new threshold is a new question: whoever is below it is told, once. */
export const upsertAlert = (db: Db, accountId: Uuid, threshold: NanoUsd) =>
  tables(db)
    .insertInto('balance_alert')
    .values({ account_id: accountId, threshold, is_low: false })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ threshold, is_low: false }))
    .execute()

export const deleteAlert = (db: Db, accountId: Uuid) =>
  tables(db).deleteFrom('balance_alert').where('account_id', '=', accountId).execute()

/** By account, locked: a threshold that changes meanwhile waits. */
export function lockAlertRows(db: Db, afterId: Uuid | undefined, limit: number) {
  let query = tables(db).selectFrom('balance_alert').selectAll()
  if (afterId !== undefined) query = query.where('account_id', '>', afterId)
  return query.orderBy('account_id').limit(limit).forNoKeyUpdate().execute()
}

export const updateLow = (db: Db, accountId: Uuid, isLow: boolean) =>
  tables(db).updateTable('balance_alert').set({ is_low: isLow }).where('account_id', '=', accountId).execute()

/** `false`: the crossing was told before. */
export async function insertEvent(db: Db, row: EventRow): Promise<boolean> {
  const inserted = await tables(db)
    .insertInto('webhook_event')
    .values(row)
    .onConflict((conflict) => conflict.column('crossing').doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Which of these crossings were told already. */
export const findCrossings = async (db: Db, crossings: readonly string[]): Promise<ReadonlySet<string>> => {
  if (crossings.length === 0) return new Set()
  const isOne = sql<boolean>`crossing = any (${[...crossings]}::text[])`
  const found = tables(db).selectFrom('webhook_event').select('crossing').where(isOne)
  return new Set((await found.execute()).map(({ crossing }) => crossing))
}

type NewDelivery = Pick<DeliveryRow, 'id' | 'event_id' | 'webhook_id' | 'next_at' | 'created_at'>

export const insertDeliveries = (db: Db, rows: readonly NewDelivery[]) => {
  const fresh = { status: 'pending' as const, attempts: 0, answer_status: null, problem: null, ended_at: null }
  return tables(db)
    .insertInto('webhook_delivery')
    .values(rows.map((row) => ({ ...row, ...fresh })))
    .execute()
}

export type DueDelivery = Pick<WebhookRow, 'url' | 'secret_sealed' | 'allow_private'> &
  Pick<EventRow, 'type' | 'data' | 'at'> & { id: Uuid; webhook_id: Uuid; attempts: number }

/** Takes deliveries that are due and gives them to nobody else until `lostAt`; counts the attempt that is about to be made. */
export async function claimDue(db: Db, now: Date, lostAt: Date, limit: number): Promise<DueDelivery[]> {
  const { rows } = await sql<DueDelivery>`
    with due as (
      select id from webhook_delivery where status = 'pending' and next_at <= ${now}
      order by next_at limit ${limit} for no key update skip locked
    ), claimed as (
      update webhook_delivery d set attempts = attempts + 1, next_at = ${lostAt} from due
      where d.id = due.id returning d.id, d.event_id, d.webhook_id, d.attempts
    )
    select c.id, c.webhook_id, c.attempts, e.type, e.data, e.at, w.url, w.secret_sealed, w.allow_private
    from claimed c join webhook_event e on e.id = c.event_id join webhook w on w.id = c.webhook_id`.execute(db)
  return rows
}

/** Notes how an attempt went; nothing where the delivery has ended meanwhile. */
export const updateDelivery = (
  db: Db,
  id: Uuid,
  change: Partial<Pick<DeliveryRow, 'status' | 'next_at' | 'answer_status' | 'problem' | 'ended_at'>>,
) =>
  tables(db).updateTable('webhook_delivery').set(change).where('id', '=', id).where('status', '=', 'pending').execute()

/** What is on its way to a webhook is on its way no more. */
export const endDeliveries = (db: Db, webhookId: Uuid, now: Date, problem: string) =>
  tables(db)
    .updateTable('webhook_delivery')
    .set({ status: 'failed', problem, ended_at: now })
    .where('webhook_id', '=', webhookId)
    .where('status', '=', 'pending')
    .execute()

/** Newest first. */
export function listDeliveryRows(
  db: Db,
  { webhookId, beforeId, limit }: { webhookId: Uuid; beforeId: Uuid | undefined; limit: number },
) {
  let query = tables(db)
    .selectFrom('webhook_delivery as d')
    .innerJoin('webhook_event as e', 'e.id', 'd.event_id')
    .selectAll('d')
    .select(['e.type', 'e.data'])
    .where('webhook_id', '=', webhookId)
  if (beforeId !== undefined) query = query.where('d.id', '<', beforeId)
  return query.orderBy('d.id', 'desc').limit(limit).execute()
}

/** Events stay: they are what keeps a crossing from being told twice. */
export const deleteDeliveriesBefore = async (db: Db, before: Date): Promise<number> => {
  const old = tables(db).deleteFrom('webhook_delivery').where('ended_at', '<', before)
  return Number((await old.executeTakeFirst()).numDeletedRows)
}
