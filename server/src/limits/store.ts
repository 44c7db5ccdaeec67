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
  /** The database's time, as it writes it: exact to the microsecond. */
  readonly at: string
}

export type ClaimOrder = {
  readonly ownerId: Uuid
  readonly resource: Resource
  readonly minute: number
  readonly most: number
  readonly used: number
  readonly needed: number
  readonly livesMs: number
  /** When the others were asked to give back, by `at`; `null`: they were not yet. */
  readonly askedAt: string | null
}

/**
 * Makes claims, in the order in which they are given. Each locks its limit until all are made, always in the same order
 * of limits, so that processes wait for each other and never in a circle.
 */
export async function makeClaims(
  db: Db,
  processId: Uuid,
  orders: readonly ClaimOrder[],
): Promise<readonly (ClaimRow & { readonly n: number })[]> {
  const given = JSON.stringify(
    orders.map(({ ownerId, resource, minute, most, used, needed, livesMs, askedAt }, n) => ({
      ...{ n, resource, minute, most, used, needed },
      owner_id: ownerId,
      lives: `${livesMs} milliseconds`,
      asked_at: askedAt,
    })),
  )
  const { rows } = await sql<ClaimRow & { readonly n: number }>`
    select o.n, c.granted, c.share, c.others, c.all_answered, c.at::text as at
      from (
        select * from jsonb_to_recordset(${given}::jsonb) as o (
          n integer, owner_id uuid, resource text, minute bigint, most bigint, used bigint, needed bigint,
          lives interval, asked_at timestamptz
        ) order by owner_id, resource, minute, n
      ) o cross join lateral rate_claim(
        ${processId}, o.owner_id, o.resource, o.minute, o.most, o.used, o.needed, o.lives, o.asked_at
      ) c`.execute(db)
  return rows
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
