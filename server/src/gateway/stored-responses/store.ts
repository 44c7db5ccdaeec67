import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

/** Rows of server/migrations/0025-stored-responses.sql. */
export type StoredRow = { call_id: Uuid; account_id: Uuid; sealed: string; stored_at: Date; expires_at: Date }

const tables = (db: Db) => db.withTables<{ stored_response: StoredRow }>()

export const insertStored = (db: Db, row: StoredRow) => tables(db).insertInto('stored_response').values(row).execute()

export const findStored = (db: Db, accountId: Uuid, callId: Uuid, now: Date) =>
  tables(db)
    .selectFrom('stored_response')
    .select('sealed')
    .where('call_id', '=', callId)
    .where('account_id', '=', accountId)
    .where('expires_at', '>', now)
    .executeTakeFirst()

/** `false` when there is none, or its time is over. */
export async function deleteStored(db: Db, accountId: Uuid, callId: Uuid, now: Date): Promise<boolean> {
  const { numDeletedRows } = await tables(db)
    .deleteFrom('stored_response')
    .where('call_id', '=', callId)
    .where('account_id', '=', accountId)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

export const deleteStoredOf = (db: Db, accountId: Uuid) =>
  tables(db).deleteFrom('stored_response').where('account_id', '=', accountId).execute()

export const deleteStoredUntil = (db: Db, now: Date) =>
  tables(db).deleteFrom('stored_response').where('expires_at', '<=', now).execute()
