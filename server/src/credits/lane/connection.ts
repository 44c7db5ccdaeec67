import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../core/errors.ts'
import type { Database } from '../../platform/database/index.ts'
import { applyBatch, type BatchCall, type Connection, type ResultRow } from '../store/batch.ts'

export type LaneConnection = {
  /**
   * Applies a batch, and when the answer is lost sends the same one again on a new connection: ids make that harmless.
   * Rejects with `ledger_unavailable` after the deadline, or with PostgreSQL's own error when the batch is at fault.
   */
  readonly send: (batch: BatchCall) => Promise<ResultRow[]>
  readonly close: () => void
}

type Options = {
  readonly database: Database
  readonly deadlineMs: number
  readonly log: (message: string, error: unknown) => void
}

const retryDelayMsMin = 20
const retryDelayMsMax = 1_000

/** One connection that a lane has for itself, replaced when it is lost. */
export function openLaneConnection({ database, deadlineMs, log }: Options): LaneConnection {
  let connection: Connection | undefined

  const drop = (): void => {
    connection?.release(true)
    connection = undefined
  }

  return {
    async send(batch) {
      const deadline = AbortSignal.timeout(deadlineMs)
      for (let delayMs = retryDelayMsMin; ; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
        try {
          connection ??= await database.pool.connect()
          return await applyBatch(connection, batch, deadlineMs)
        } catch (cause) {
          if (isBatchAtFault(cause)) throw cause
          drop()
          if (deadline.aborted)
            throw new AppError('ledger_unavailable', { message: 'The ledger cannot be reached.', cause })
          log('a ledger batch got no answer and is sent again', cause)
          await sleep(delayMs)
        }
      }
    },
    close: drop,
  }
}

/** Classes of SQLSTATE that say "not now": connection, resources, operator, storage, rollback, object state, read-only standby. */
const passing = new Set(['08', '53', '57', '58', '40', '55', '25'])

/** PostgreSQL judged the statement itself. Everything else may be another matter a moment later. */
function isBatchAtFault(error: unknown): boolean {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return false
  return !passing.has(String(error.code).slice(0, 2))
}
