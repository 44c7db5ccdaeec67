import { sql } from 'kysely'
import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import type { Resource } from './types.ts'

/** See `rate_claim` in server/migrations/0007-limits.sql. */
export type ClaimRow = {
  readonly granted: boolean
  readonly share: bigint
  readonly others: bigint
  readonly all_answered: boolean
  readonly at: Date
}

export type ClaimOrder = {
  readonly processId: Uuid
  readonly ownerId: Uuid
  readonly resource: Resource
  readonly minute: number
  readonly most: number
  readonly used: number
  readonly needed: number
  readonly livesMs: number
  /** When the others were asked to give back; `null`: they were not yet. As the database wrote it. */
  readonly askedAt: string | null
}

export async function callRateClaim(db: Db, order: ClaimOrder): Promise<ClaimRow & { readonly at_text: string }> {
  const { processId, ownerId, resource, minute, most, used, needed, livesMs, askedAt } = order
  const { rows } = await sql<ClaimRow & { at_text: string }>`
    select *, at::text as at_text from rate_claim(
      ${processId}, ${ownerId}, ${resource}, ${minute}, ${most}, ${used}, ${needed},
      ${`${livesMs} milliseconds`}::interval, ${askedAt}::timestamptz)`.execute(db)
  return rows[0]!
}

export type ShareNow = {
  readonly ownerId: Uuid
  readonly resource: Resource
  readonly minute: number
  readonly amount: number
  readonly livesMs: number
}

/** Writes what a process has of many limits, never more than it had; what is 0 is taken off. */
export async function writeShares(db: Db, processId: Uuid, shares: readonly ShareNow[]): Promise<void> {
  const given = JSON.stringify(
    shares.map(({ ownerId, resource, minute, amount, livesMs }) => ({
      owner_id: ownerId,
      ...{ resource, minute, amount },
      lives: `${livesMs} milliseconds`,
    })),
  )
  await sql`
    with given as (
      select * from jsonb_to_recordset(${given}::jsonb)
        as given (owner_id uuid, resource text, minute bigint, amount bigint, lives interval)
    ), gone as (
      delete from rate_share s using given g
        where s.owner_id = g.owner_id and s.resource = g.resource and s.minute = g.minute
          and s.process_id = ${processId} and g.amount = 0
    )
    insert into rate_share (owner_id, resource, minute, process_id, amount, spare, answered_at, expires_at)
      select owner_id, resource, minute, ${processId}, amount, 0, clock_timestamp(), clock_timestamp() + lives
        from given where amount > 0
      on conflict (owner_id, resource, minute, process_id)
      do update set amount = excluded.amount, spare = 0, answered_at = excluded.answered_at, expires_at = excluded.expires_at
  `.execute(db)
}

/** Takes off what nobody counts any more. */
export const deleteExpiredShares = (db: Db) =>
  sql`delete from rate_share where expires_at < clock_timestamp()`.execute(db)
