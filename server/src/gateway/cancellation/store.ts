import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

export const cancelChannel = 'redpill_cancel'

export const notifyCancel = (db: Db, callId: Uuid) => sql`select pg_notify(${cancelChannel}, ${callId})`.execute(db)
