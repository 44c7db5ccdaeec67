import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Clock } from '../../core/clock.ts'
import { AppError } from '../../core/errors.ts'
import type { Database } from './connect.ts'

const versionMin = 15
const retryDelayMs = 250

/** PostgreSQL or the network says: not yet. Anything else (password, name of the database) will not mend by waiting. */
const passing = new Set([
  '57P03',
  '53300',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
])

export type WaitOptions = {
  readonly clock: Clock
  readonly timeoutMs?: number
  /** Called once per failed try with the reason. */
  readonly progress?: (message: string) => void
}

/** Resolves when the server answers; throws when it does not within the time, refuses us, or is older than PostgreSQL 15. */
export async function waitForDatabase(database: Database, options: WaitOptions): Promise<void> {
  const { clock, timeoutMs = 60_000, progress = () => {} } = options
  const deadlineMs = clock.monotonicMs() + timeoutMs
  for (;;) {
    try {
      return await checkVersion(database.pool)
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      const reason = reasonOf(cause)
      if (!isPassing(cause) || clock.monotonicMs() > deadlineMs) {
        throw new AppError('ledger_unavailable', { message: `the database cannot be used: ${reason}`, cause })
      }
      progress(`waiting for the database: ${reason}`)
      await sleep(retryDelayMs)
    }
  }
}

async function checkVersion(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version: string }>('show server_version')
  const version = rows[0]?.server_version ?? 'unknown'
  if (Number.parseInt(version, 10) >= versionMin) return
  throw new AppError('ledger_unavailable', {
    message: `the database is PostgreSQL ${version}; RedPill needs ${versionMin} or newer`,
  })
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code

const isPassing = (error: unknown): boolean =>
  passing.has(codeOf(error) ?? '') ||
  (error instanceof AggregateError && error.errors.every(isPassing)) ||
  (error instanceof Error && /timeout|terminated unexpectedly/.test(error.message))

/** An AggregateError (a host with several addresses) has an empty message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
