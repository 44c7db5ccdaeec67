import { sql } from 'kysely'
import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'

export type IdempotencyId = { readonly scope: string; readonly key: string }

export type IdempotencyRow = {
  scope: string
  key: string
  request_hash: Buffer
  status: number
  sealed_body: string
  created_at: Date
}

const tables = (db: Db) => db.withTables<{ idempotency: IdempotencyRow }>()

export const findIdempotency = (db: Db, { scope, key }: IdempotencyId) =>
  tables(db).selectFrom('idempotency').selectAll().where('scope', '=', scope).where('key', '=', key).executeTakeFirst()

/** `false` when there is a row already. Waits for another transaction that is about to write the same row. */
export const insertIdempotency = async (db: Db, row: IdempotencyRow): Promise<boolean> => {
  const inserted = await tables(db)
    .insertInto('idempotency')
    .values(row)
    .onConflict((conflict) => conflict.columns(['scope', 'key']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

export const updateIdempotency = (
  db: Db,
  { scope, key }: IdempotencyId,
  answer: Pick<IdempotencyRow, 'status' | 'sealed_body'>,
) => tables(db).updateTable('idempotency').set(answer).where('scope', '=', scope).where('key', '=', key).execute()

export const deleteIdempotencyBefore = async (db: Db, before: Date): Promise<number> => {
  const gone = await tables(db).deleteFrom('idempotency').where('created_at', '<', before).executeTakeFirst()
  return Number(gone.numDeletedRows)
}

/** What an account's requests were answered; the account stands first in their scope. */
export const deleteIdempotencyOf = (db: Db, accountId: Uuid) =>
  tables(db).deleteFrom('idempotency').where('scope', 'like', `${accountId} %`).execute()

/** How long the statements of this transaction wait for a lock before they fail with `lock_not_available`. */
export const setLockTimeout = (db: Db, milliseconds: number) =>
  sql`select set_config('lock_timeout', ${String(milliseconds)}, true)`.execute(db)
