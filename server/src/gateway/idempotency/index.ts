/**
 * Idempotency-Key on calls of models: one run and at most one charge for each key of an account, whatever its callers
 * repeat, at whichever process, and whatever dies meanwhile.
 */
import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Database, Db } from '../../platform/database/index.ts'
import { claimLifeMs } from './claim.ts'
import { deleteClaimsBefore, eraseAnswersUntil, outcomeChannel } from './store.ts'

export { forgetAnswersOf } from './store.ts'
export { serveOnce, type Turn } from './serve-once.ts'

/** Hears of keyed calls that have ended at any process and were waited for; gives back how to stop listening. */
export const listenForOutcomes = (database: Database, ended: (callId: Uuid) => void): Promise<() => Promise<void>> =>
  database.listen(outcomeChannel, (notice) => notice.kind === 'message' && ended(notice.payload))

/** Nothing that is still running is older than this: it is the longest that a call may be allowed to take, and some. */
const goneMs = 2 * claimLifeMs

/** A job: erases answers whose time is over, and forgets keys that no repetition can meet any more. */
export async function purgeIdempotentCalls(db: Db, clock: Pick<Clock, 'nowMs'>): Promise<void> {
  const nowMs = clock.nowMs()
  await eraseAnswersUntil(db, new Date(nowMs))
  await deleteClaimsBefore(db, new Date(nowMs - goneMs))
}
