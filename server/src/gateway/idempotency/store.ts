import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

export type ClaimId = { readonly accountId: Uuid; readonly key: string }

/** Rows of server/migrations/0008-reliability.sql. */
export type ClaimRow = {
  account_id: Uuid
  key: string
  request_hash: Buffer
  call_id: Uuid
  process_id: Uuid
  claimed_at: Date
  held: boolean
  awaited: boolean
  ended_at: Date | null
  retryable: boolean
  sealed_answer: string | null
  answer_until: Date | null
}

export type NewClaim = Pick<ClaimRow, 'request_hash' | 'call_id' | 'process_id' | 'claimed_at'>

const tables = (db: Db) => db.withTables<{ idempotent_call: ClaimRow }>()

/** `false` when the key is claimed already. */
export async function insertClaim(db: Db, { accountId, key }: ClaimId, claim: NewClaim): Promise<boolean> {
  const inserted = await tables(db)
    .insertInto('idempotent_call')
    .values({ account_id: accountId, key, ...claim, ...unheld })
    .onConflict((conflict) => conflict.columns(['account_id', 'key']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

const unheld = {
  held: false,
  awaited: false,
  ended_at: null,
  retryable: false,
  sealed_answer: null,
  answer_until: null,
} as const

/** Takes the answers away that are stored for an account. */
export const forgetAnswersOf = (db: Db, accountId: Uuid) =>
  tables(db)
    .updateTable('idempotent_call')
    .set({ sealed_answer: null, answer_until: null })
    .where('account_id', '=', accountId)
    .where('sealed_answer', 'is not', null)
    .execute()

export const findClaim = (db: Db, { accountId, key }: ClaimId) =>
  tables(db)
    .selectFrom('idempotent_call')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('key', '=', key)
    .executeTakeFirst()

/** Puts a new claim in the place of one that was seen; `false` when that one has changed since. */
export async function replaceClaim(
  db: Db,
  { accountId, key }: ClaimId,
  seen: Pick<ClaimRow, 'call_id' | 'held'>,
  claim: NewClaim,
): Promise<boolean> {
  const updated = await tables(db)
    .updateTable('idempotent_call')
    .set({ ...claim, ...unheld })
    .where('account_id', '=', accountId)
    .where('key', '=', key)
    .where('call_id', '=', seen.call_id)
    .where('held', '=', seen.held)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

/** Says that the call has its hold; `false` when its claim was taken over. */
export async function markHeld(db: Db, { accountId, key }: ClaimId, callId: Uuid): Promise<boolean> {
  const updated = await tables(db)
    .updateTable('idempotent_call')
    .set({ held: true })
    .where('account_id', '=', accountId)
    .where('key', '=', key)
    .where('call_id', '=', callId)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

/** Asks for the answer of a call that another process makes; `false` when it has ended, or is not the one. */
export async function markAwaited(db: Db, { accountId, key }: ClaimId, callId: Uuid): Promise<boolean> {
  const updated = await tables(db)
    .updateTable('idempotent_call')
    .set({ awaited: true })
    .where('account_id', '=', accountId)
    .where('key', '=', key)
    .where('call_id', '=', callId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

export type ClaimEnd = {
  readonly callId: Uuid
  readonly endedAt: Date
  readonly retryable: boolean
  readonly sealedAnswer: string | null
  /** How long the answer is stored; without it, it is kept until `handedOverUntil`, and only if somebody waits for it. */
  readonly storedUntil: Date | null
  readonly handedOverUntil: Date
}

/** Records how the call ended; tells whether another process waits for it. */
export async function endClaim(db: Db, { accountId, key }: ClaimId, end: ClaimEnd): Promise<boolean> {
  const { rows } = await sql<{ awaited: boolean }>`
    update idempotent_call
    set ended_at = ${end.endedAt}, retryable = ${end.retryable},
      sealed_answer = case when ${end.storedUntil}::timestamptz is not null or awaited then ${end.sealedAnswer}::text end,
      answer_until = coalesce(${end.storedUntil}::timestamptz, case when awaited then ${end.handedOverUntil}::timestamptz end)
    where account_id = ${accountId} and key = ${key} and call_id = ${end.callId}
    returning awaited`.execute(db)
  return rows[0]?.awaited ?? false
}

export const outcomeChannel = 'redpill_outcome'

/** Tells the processes that wait that a call has ended. */
export const notifyOutcome = (db: Db, callId: Uuid) => sql`select pg_notify(${outcomeChannel}, ${callId})`.execute(db)

/** Deletes claims made before `before`. */
export const deleteClaimsBefore = async (db: Db, before: Date): Promise<number> => {
  const gone = await tables(db).deleteFrom('idempotent_call').where('claimed_at', '<', before).executeTakeFirst()
  return Number(gone.numDeletedRows)
}

/** Erases answers that need not be kept any more. */
export const eraseAnswersUntil = (db: Db, now: Date) =>
  tables(db)
    .updateTable('idempotent_call')
    .set({ sealed_answer: null, answer_until: null })
    .where('answer_until', '<=', now)
    .execute()
