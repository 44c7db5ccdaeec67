import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Db } from '../../platform/database/index.ts'

export type Trait = 'model' | 'country'
export type HabitRow = { key_id: Uuid; trait: Trait; value: string; first_at: Date }
export type NoticeRow = {
  id: Uuid
  account_id: Uuid
  key_id: Uuid
  kind: Trait | 'spend'
  detail: JsonObject
  at: Date
  crossing: string
  dismissed_at: Date | null
}

/** Rows of server/migrations/0021-unusual-use.sql. */
const tables = (db: Db) => db.withTables<{ key_habit: HabitRow; key_notice: NoticeRow }>()

export type KnownRow = { key_id: Uuid; trait: Trait; since: Date; count: number }

export async function findKnownRows(db: Db, keyIds: readonly Uuid[]): Promise<KnownRow[]> {
  const { rows } = await sql<KnownRow>`
    select key_id, trait, min(first_at) as since, count(*)::integer as count from key_habit
    where key_id = any (${keyIds}::uuid[]) group by 1, 2`.execute(db)
  return rows
}

/** Those that were not there before. As arrays: a statement has only so many parameters. */
export async function insertHabits(db: Db, rows: readonly HabitRow[]): Promise<HabitRow[]> {
  const columns = [rows.map((row) => row.key_id), rows.map((row) => row.trait), rows.map((row) => row.value)] as const
  const { rows: inserted } = await sql<HabitRow>`
    insert into key_habit (key_id, trait, value, first_at)
    select * from unnest(${columns[0]}::uuid[], ${columns[1]}::text[], ${columns[2]}::text[],
      ${rows.map((row) => row.first_at)}::timestamptz[])
    on conflict do nothing returning key_id, trait, value, first_at`.execute(db)
  return inserted
}

/** `false`: it was noticed before. */
export async function insertNotice(db: Db, row: Omit<NoticeRow, 'dismissed_at'>): Promise<boolean> {
  const inserted = await tables(db)
    .insertInto('key_notice')
    .values({ ...row, dismissed_at: null })
    .onConflict((conflict) => conflict.column('crossing').doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

export const findNoticeRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('key_notice').selectAll().where('id', '=', id).executeTakeFirst()

/** Those that nobody dismissed, newest first. */
export function listOpenNoticeRows(
  db: Db,
  { accountId, beforeId, limit }: { accountId: Uuid | undefined; beforeId: Uuid | undefined; limit: number },
) {
  let query = tables(db).selectFrom('key_notice').selectAll().where('dismissed_at', 'is', null)
  if (accountId !== undefined) query = query.where('account_id', '=', accountId)
  if (beforeId !== undefined) query = query.where('id', '<', beforeId)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

export const dismissRow = (db: Db, id: Uuid, now: Date) =>
  tables(db)
    .updateTable('key_notice')
    .set({ dismissed_at: sql<Date>`coalesce(dismissed_at, ${now})` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
