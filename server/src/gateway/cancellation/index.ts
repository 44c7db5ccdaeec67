import type { Uuid } from '../../core/ids.ts'
import type { Database, Db } from '../../platform/database/index.ts'
import { cancelChannel, notifyCancel } from './store.ts'

/**
 * Asks whichever process runs a call to stop it. Nobody answers: the call is over when its hold is gone. Asking again is
 * harmless, and needed if a process was cut off from the database just then.
 */
export async function requestCancel(db: Db, callId: Uuid): Promise<void> {
  await notifyCancel(db, callId)
}

/** Hears of the calls that somebody, at any process, wants cancelled; gives back how to stop listening. */
export const listenForCancels = (database: Database, cancel: (callId: Uuid) => void): Promise<() => Promise<void>> =>
  database.listen(cancelChannel, (notice) => notice.kind === 'message' && cancel(notice.payload))
