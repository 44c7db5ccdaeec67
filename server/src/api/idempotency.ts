/** Idempotency-Key on POST (draft-ietf-httpapi-idempotency-key-header-07): the same request is done once, answered alike. */
import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { AppError } from '../core/errors.ts'
import type { Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { invalid } from './faults.ts'
import {
  deleteIdempotencyBefore,
  findIdempotency,
  type IdempotencyId,
  type IdempotencyRow,
  insertIdempotency,
  setLockTimeout,
  updateIdempotency,
} from './store.ts'

export type Answer = { readonly status: number; readonly body: string }

/** `replayed`: the answer was kept from an earlier request, and nothing was done now. */
export type OnceAnswer = Answer & { readonly replayed: boolean }

type Edges = {
  readonly db: Db
  readonly secrets: Secrets
  readonly clock: Clock
  /** How long a repetition waits for the first request. */
  readonly waitMs?: number
}

export type Once = IdempotencyId & {
  /** Text that is equal for equal requests. */
  readonly request: string
  /** Does the work, all of it in the transaction `db`. */
  readonly work: (db: Db) => Promise<Answer>
  /** The work changes nothing: it may take long, so no transaction is kept open for it. */
  readonly readsOnly?: boolean
}

const keptMs = 48 * 3_600_000

/**
 * Answers a request that may come several times, also at once and at several gateways. The key, the work and the answer
 * are one transaction: a crash leaves all or nothing, and of requests at once the others wait for the first. Only success
 * is kept: a refusal frees the key, so that the same request may succeed when its reason is gone. Throws
 * `idempotency_conflict` when the key was used for another request, or when the first is still under way after `waitMs`.
 */
export async function answerOnce(edges: Edges, once: Once): Promise<OnceAnswer> {
  const { scope, key, work, readsOnly = false } = once
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw invalid('Give 1 to 255 visible ASCII characters.', 'Idempotency-Key')
  const { db, secrets, clock } = edges
  const requestHash = createHash('sha256').update(once.request).digest()
  const row = { scope, key, request_hash: requestHash, status: 0, sealed_body: '', created_at: new Date(clock.nowMs()) }
  if (readsOnly) return answerReading(edges, row, work)
  return db.transaction().execute(async (tx) => {
    if (!(await claim(tx, row, edges.waitMs ?? 5_000)))
      return replay(edges, await findIdempotency(tx, row), requestHash)
    const answer = await work(tx)
    await updateIdempotency(tx, { scope, key }, { status: answer.status, sealed_body: secrets.seal(answer.body) })
    return { ...answer, replayed: false }
  })
}

/** Two at once may both do the reading; the answer that is kept first is everybody's. */
async function answerReading(edges: Edges, row: IdempotencyRow, work: Once['work']): Promise<OnceAnswer> {
  const { db, secrets } = edges
  const found = await findIdempotency(db, row)
  if (found) return replay(edges, found, row.request_hash)
  const answer = await work(db)
  const ours = await insertIdempotency(db, { ...row, status: answer.status, sealed_body: secrets.seal(answer.body) })
  return ours ? { ...answer, replayed: false } : replay(edges, await findIdempotency(db, row), row.request_hash)
}

async function claim(db: Db, row: IdempotencyRow, waitMs: number): Promise<boolean> {
  await setLockTimeout(db, waitMs)
  try {
    const ours = await insertIdempotency(db, row)
    await setLockTimeout(db, 0)
    return ours
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    const message = 'The first request with this Idempotency-Key is still under way.'
    throw new AppError('idempotency_conflict', { message, retryAfterSeconds: 1, cause: error })
  }
}

/** SQLSTATE 55P03, lock_not_available. */
const isLockTimeout = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '55P03'

function replay({ secrets }: Edges, row: IdempotencyRow | undefined, requestHash: Buffer): OnceAnswer {
  // Deleted by the purge between our two statements: it is as old as a key may get.
  if (!row) throw new AppError('idempotency_conflict', { message: 'This Idempotency-Key has just expired.' })
  if (!row.request_hash.equals(requestHash)) {
    throw new AppError('idempotency_conflict', { message: 'This Idempotency-Key was used for another request.' })
  }
  return { status: row.status, body: secrets.open(row.sealed_body), replayed: true }
}

/** A job: forgets answers older than 48 hours (at least 24 are promised). Returns how many. */
export const purgeIdempotency = (db: Db, clock: Pick<Clock, 'nowMs'>): Promise<number> =>
  deleteIdempotencyBefore(db, new Date(clock.nowMs() - keptMs))
