import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

/** Rows of server/migrations/0008-reliability.sql. */
export type CachedRow = { key: Buffer; call_id: Uuid; sealed_answer: string; stored_at: Date; expires_at: Date }

const tables = (db: Db) => db.withTables<{ cached_answer: CachedRow }>()

export const findCached = (db: Db, key: Buffer, now: Date) =>
  tables(db)
    .selectFrom('cached_answer')
    .selectAll()
    .where('key', '=', key)
    .where('expires_at', '>', now)
    .executeTakeFirst()

export const upsertCached = (db: Db, { key, ...rest }: CachedRow) =>
  tables(db)
    .insertInto('cached_answer')
    .values({ key, ...rest })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(rest))
    .execute()

export const cacheChannel = 'redpill_cache'

/** Forgets an answer, here and, by a notification, in the memory of every process. */
export async function deleteCached(db: Db, key: Buffer): Promise<void> {
  await tables(db).deleteFrom('cached_answer').where('key', '=', key).execute()
  await sql`select pg_notify(${cacheChannel}, ${key.toString('hex')})`.execute(db)
}

export const deleteExpired = (db: Db, now: Date) =>
  tables(db).deleteFrom('cached_answer').where('expires_at', '<=', now).execute()
