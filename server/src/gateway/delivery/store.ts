import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

const tables = (db: Db) => db.withTables<{ undelivered_call: { call_id: Uuid; noted_at: Date } }>()

export const insertUndelivered = (db: Db, callId: Uuid, notedAt: Date) =>
  tables(db)
    .insertInto('undelivered_call')
    .values({ call_id: callId, noted_at: notedAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute()

export const findUndelivered = (db: Db, callIds: readonly Uuid[]) =>
  tables(db).selectFrom('undelivered_call').select('call_id').where('call_id', 'in', callIds).execute()
