import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import type { KeyBudget } from '../types.ts'
import { callCollect } from './debts.ts'
import { tables } from './tables.ts'

export async function insertAccount(db: Db, id: Uuid): Promise<void> {
  await tables(db).insertInto('ledger_account').values({ id, kind: 'customer' }).execute()
}

export async function updateFrozen(db: Db, id: Uuid, frozen: boolean): Promise<boolean> {
  const wanted = { frozen_by_operator: frozen, frozen: sql<boolean>`${frozen} or owed > 0` }
  const changed = tables(db).updateTable('ledger_account').set(wanted).where('id', '=', id)
  return (await changed.where('kind', '=', 'customer').executeTakeFirst()).numUpdatedRows > 0n
}

/**
 * Locks the account against every other movement until the transaction ends. What it owes is taken first, so either it owes
 * nothing or it has nothing available.
 */
export async function lockAccountRow(tx: Db, id: Uuid, now: Date | null) {
  const found = tables(tx).selectFrom('ledger_account').selectAll().where('id', '=', id).forNoKeyUpdate()
  const row = await found.executeTakeFirst()
  if (!row || row.owed === 0n || (await callCollect(tx, id, now)) === 0n) return row
  return found.executeTakeFirst()
}

/** `false`: the account is unknown, or the key is another's. */
export async function callSetBudget(db: Db, budget: KeyBudget, now: Date | null): Promise<boolean> {
  const { keyId, accountId, limit = null, window, callCap = null } = budget
  const { rows } = await sql<{ done: boolean }>`
    select ledger_set_budget(${keyId}, ${accountId}, ${limit}, ${window}, ${callCap}, ${now}) as done`.execute(db)
  return rows[0]?.done ?? false
}

export const findBudgetRows = (db: Db, keyIds: readonly Uuid[]) =>
  tables(db).selectFrom('key_budget').selectAll().where('key_id', 'in', keyIds).execute()

/** Budgets beside the window that each would be in at a moment; `null` start for the window `total`. */
export const findSpendRows = (db: Db, keyIds: readonly Uuid[], now: Date | null) =>
  tables(db)
    .selectFrom('key_budget')
    .select(['key_id', 'limit_nano', 'total_spent', 'window_spent', 'window_held'])
    .select(sql<Date | null>`nullif(greatest(window_start, ${startNow(now)}), '-infinity')`.as('start'))
    .select(sql<boolean>`window_start < ${startNow(now)}`.as('passed'))
    .where('key_id', 'in', keyIds)
    .execute()

export const findPostedRows = (db: Db, ids: readonly Uuid[]) =>
  tables(db)
    .selectFrom('ledger_account')
    .select(['id', 'credits_posted', 'debits_posted'])
    .where('id', 'in', ids)
    .execute()

export type NearLimitSearch = {
  readonly now: Date
  readonly percent: number
  readonly afterId: Uuid | undefined
  readonly limit: number
}

/** Keys that have spent so much of their limit in the window of now, by id. */
export function findNearLimitRows(db: Db, { now, percent, afterId, limit }: NearLimitSearch) {
  let query = tables(db)
    .selectFrom('key_budget')
    .select(['key_id', 'account_id', 'limit_window', 'window_spent'])
    .select(sql<NanoUsd>`limit_nano`.as('limit_nano'))
    .select(sql<Date | null>`nullif(window_start, '-infinity')`.as('start'))
    .where('limit_nano', '>', nanoUsd(0n))
    .where(sql<boolean>`window_spent::numeric * 100 >= limit_nano::numeric * ${percent}`)
    .where(sql<boolean>`window_start >= ${startNow(now)}`)
  if (afterId !== undefined) query = query.where('key_id', '>', afterId)
  return query.orderBy('key_id').limit(limit).execute()
}

const startNow = (now: Date | null) => sql`ledger_window_start(limit_window, coalesce(${now}::timestamptz, now()))`
