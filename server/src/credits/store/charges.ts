import { sql } from 'kysely'
import { type Uuid, uuidTimeMs } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { tables } from './tables.ts'

/** The partition is told by the time inside the id. */
export const findChargeRow = (db: Db, callId: Uuid) =>
  tables(db)
    .selectFrom('charge')
    .selectAll()
    .where('call_id', '=', callId)
    .where('at', '=', new Date(uuidTimeMs(callId)))
    .executeTakeFirst()

export const findHoldRow = (db: Db, callId: Uuid) =>
  tables(db).selectFrom('hold').selectAll().where('call_id', '=', callId).executeTakeFirst()

/** The newest call under way that its caller named so. Reads the whole table, too. */
export const findTracedHoldRow = (db: Db, accountId: Uuid, traceId: string) =>
  tables(db)
    .selectFrom('hold')
    .selectAll()
    .where('account_id', '=', accountId)
    .where(sql`context -> 'labels' ->> 'trace_id'`, '=', traceId)
    .orderBy('call_id', 'desc')
    .executeTakeFirst()

/** Reads the whole table, which is as small as the calls under way. */
export const findHoldRows = (db: Db, accountId: Uuid) =>
  tables(db).selectFrom('hold').selectAll().where('account_id', '=', accountId).orderBy('call_id', 'desc').execute()
