import { generationId, type Uuid } from '../../core/ids.ts'
import { zero } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import type { OpenCall } from '../call.ts'
import type { GatewayContext } from '../dependencies.ts'
import type { Served } from '../settle.ts'
import { findUndelivered, insertUndelivered } from './store.ts'

/**
 * Watches whether a whole answer that was charged is taken to its last byte: the caller may have gone while it was charged,
 * or may go while it still reads. What is in the system's hands counts as taken.
 */
export function watchDelivery(context: GatewayContext, { id, stop }: OpenCall, served: Served): void {
  if (served.error || served.concluded.charged === zero) return
  stop.listen((reason) => {
    if (reason !== 'caller-gone') return
    const { database, clock, log } = context
    insertUndelivered(database.db, id, new Date(clock.nowMs())).catch((error: unknown) =>
      log.warn('an answer that was not delivered could not be noted', {
        generation: generationId(id),
        error: error instanceof Error ? error.message : String(error),
      }),
    )
  })
}

/** Which of these calls were charged for an answer that their caller did not take to the end. */
export async function undeliveredOf(db: Db, callIds: readonly Uuid[]): Promise<ReadonlySet<Uuid>> {
  if (callIds.length === 0) return new Set()
  return new Set((await findUndelivered(db, callIds)).map((row) => row.call_id))
}
