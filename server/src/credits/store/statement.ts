import { type RawBuilder, sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { all } from './charge-filter.ts'
import { findHoursSummed } from './usage-hours.ts'

export type MovementRow = {
  readonly sequence: bigint
  readonly at: Date
  readonly kind: string
  /** The call's id for usage. */
  readonly reference: string
  readonly amount: NanoUsd
  readonly balance_after: NanoUsd
  readonly note: string | null
}

export type MovementFilter = {
  readonly accountId: Uuid
  /** `usage`, `grant` ... */
  readonly kind?: string | undefined
  readonly direction?: 'in' | 'out' | undefined
  /** Posted from then on, and before then. */
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** Charges and transfers of an account below a sequence, newest first. */
export async function findMovementRows(
  db: Db,
  filter: MovementFilter,
  beforeSequence: bigint | null,
  limit: number,
): Promise<MovementRow[]> {
  const { accountId, kind, direction, from, to } = filter
  const below = beforeSequence !== null && sql`sequence < ${beforeSequence}`
  const charges = all([
    sql`account_id = ${accountId} and sequence is not null`,
    below,
    from && sql`settled_at >= ${from} and sequence > ${sequenceBefore(accountId, from)}`,
    to && sql`settled_at < ${to} and sequence <= ${sequenceAfter(accountId, to)}`,
    ((kind !== undefined && kind !== 'usage') || direction === 'in') && sql`false`,
  ])
  const transfers = all([
    sql`account_id = ${accountId}`,
    below,
    from && sql`created_at >= ${from}`,
    to && sql`created_at < ${to}`,
    kind !== undefined && sql`kind = ${kind}`,
    direction === 'in' && sql`credit_account = account_id`,
    direction === 'out' && sql`debit_account = account_id`,
  ])
  const { rows } = await sql<MovementRow>`
    (select sequence, settled_at as at, 'usage' as kind, call_id::text as reference, -charged as amount, balance_after,
        null as note
      from charge where ${charges} order by sequence desc limit ${limit})
    union all
    (select sequence, created_at, kind, reference, case when credit_account = account_id then amount else -amount end,
        balance_after, note
      from transfer where ${transfers} order by sequence desc limit ${limit})
    order by sequence desc limit ${limit}`.execute(db)
  return rows
}

const slack = sql`interval '1 hour'`

/**
 * A movement that was surely posted before a moment, and one that surely was after it: an index knows sequences, not times.
 * An hour of slack lets the clock of the database be set back by so much.
 */
const sequenceBefore = (accountId: Uuid, moment: Date): RawBuilder<bigint> => sql`coalesce((
  select max(last_sequence) from charged_hour
  where account_id = ${accountId} and hour < date_trunc('hour', ${moment}::timestamptz, 'UTC') - ${slack}), 0)`
const sequenceAfter = (accountId: Uuid, moment: Date): RawBuilder<bigint> => sql`coalesce((
  select last_sequence from charged_hour
  where account_id = ${accountId} and hour > ${moment}::timestamptz + ${slack} order by hour limit 1), 9223372036854775807)`

export type KindRow = {
  readonly kind: string
  readonly is_in: boolean
  readonly movements: bigint
  readonly amount: NanoUsd
}

/** Sums of an account's movements in a time, by kind and direction. */
export async function sumMovements(db: Db, accountId: Uuid, { from, to }: Span): Promise<KindRow[]> {
  const known = await findHoursSummed(db)
  const { rows } = await sql<KindRow>`
    select kind, credit_account = account_id as is_in, count(*) as movements, sum(amount)::bigint as amount
    from transfer where account_id = ${accountId} and created_at >= ${from} and created_at < ${to}
    group by 1, 2
    union all
    select 'usage', false, coalesce(sum(calls), 0)::bigint, coalesce(sum(charged), 0)::bigint from (
      select calls, charged from charged_hour where account_id = ${accountId} and hour >= ${from} and hour < ${to}
      union all
      select count(*), sum(charged) from ${fresh(accountId, known)} where settled_at >= ${from} and settled_at < ${to}
    ) as part
    order by 2 desc, 1`.execute(db)
  return rows.filter(({ movements }) => movements > 0n)
}

/** Whole hours. */
export type Span = { readonly from: Date; readonly to: Date }

/**
 * Charges that are in no sum yet. The number that is known tells the planner how few they are, the one inside is that of the
 * statement; `offset 0` keeps it from looking for the largest sequence through all that are summed.
 */
const fresh = (accountId: Uuid, known: bigint) => sql`(
  select sequence, charged, settled_at from charge
  where account_id = ${accountId} and sequence is not null and posting > ${known}
    and posting > (select posting from usage_hours_summed) offset 0) as fresh`

/** What an account's last movement before a whole hour left; undefined when there was none. */
export async function findBalanceAt(db: Db, accountId: Uuid, at: Date): Promise<NanoUsd | undefined> {
  const known = await findHoursSummed(db)
  const { rows } = await sql<{ balance_after: NanoUsd }>`
    with last as (
      select greatest(
        (select max(last_sequence) from charged_hour where account_id = ${accountId} and hour < ${at}),
        (select max(sequence) from ${fresh(accountId, known)} where settled_at < ${at}),
        (select max(sequence) from transfer where account_id = ${accountId} and created_at < ${at})
      ) as sequence
    )
    select balance_after from charge, last where account_id = ${accountId} and charge.sequence = last.sequence
      and charge.sequence is not null
    union all
    select balance_after from transfer, last where account_id = ${accountId} and transfer.sequence = last.sequence`.execute(
    db,
  )
  return rows[0]?.balance_after
}

export type TopUpRow = {
  readonly id: Uuid
  readonly sequence: bigint
  readonly kind: string
  readonly reference: string
  readonly amount: NanoUsd
  readonly note: string | null
  readonly created_at: Date
  readonly lot_kind: string | null
  readonly expires_at: Date | null
  readonly held_until: Date | null
  readonly refundable: boolean | null
  readonly taken_back: NanoUsd
  readonly expired: NanoUsd
}

/** What came in, newest first, with what was taken back of it since. */
export async function findTopUpRows(
  db: Db,
  accountId: Uuid,
  beforeSequence: bigint | null,
  limit: number,
): Promise<TopUpRow[]> {
  const { rows } = await sql<TopUpRow>`
    select came.id, came.sequence, came.kind, came.reference, came.amount, came.note, came.created_at,
      lot.kind as lot_kind, lot.expires_at, lot.held_until, lot.refundable,
      coalesce(sum(back.amount) filter (where back.kind <> 'expiry'), 0)::bigint as taken_back,
      coalesce(sum(back.amount) filter (where back.kind = 'expiry'), 0)::bigint as expired
    from transfer came
    left join lot on lot.transfer_id = came.id
    left join transfer back on back.reverses_id = came.id
    where came.account_id = ${accountId} and came.credit_account = came.account_id
      and came.sequence < coalesce(${beforeSequence}::bigint, 9223372036854775807)
    group by came.id, lot.transfer_id
    order by came.sequence desc limit ${limit}`.execute(db)
  return rows
}
