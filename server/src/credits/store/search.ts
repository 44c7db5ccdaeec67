import { sql } from 'kysely'
import { type Uuid, uuidTimeMs } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { all, type ChargeFilter, isError, placeOf, traitsOf } from './charge-filter.ts'
import type { ChargeRow } from './tables.ts'

/** Where a search stands: the last call it has looked at. The time is text, since a `Date` has no microseconds. */
export type SearchPlace = { readonly callId: Uuid; readonly countedAt: string }

const countedText = sql<string>`to_char(counted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as counted_text`

export type Search = {
  readonly filter: ChargeFilter
  readonly before: SearchPlace | undefined
  /** The most receipts that are looked at. */
  readonly looksMost: number
}

/**
 * The receipts to look through, newest first: at most so many, in the order of an index, so that neither a rare trait nor a
 * big account makes anyone read all of them. Of an account in the order of ids, which is that of time; of a key in the order
 * of `counted_at`, since no other index knows keys.
 */
export function looked({ filter, before, looksMost }: Search, columns = sql`*`) {
  const byKey = filter.keyId !== undefined
  const order = byKey ? sql`counted_at desc, call_id desc` : sql`call_id desc`
  const behind = before && [
    byKey
      ? sql`(counted_at, call_id) < (${before.countedAt}::timestamptz, ${before.callId}::uuid)`
      : sql`call_id < ${before.callId} and at <= ${new Date(uuidTimeMs(before.callId))}`,
  ]
  return sql`select ${columns} from charge where ${all([placeOf(filter), ...(behind ?? [])])}
    order by ${order} limit ${looksMost}`
}

const orderOf = ({ keyId }: ChargeFilter) =>
  keyId === undefined ? sql`call_id desc` : sql`counted_at desc, call_id desc`

export type FoundRow = ChargeRow & { counted_text: string }

/** Those of the receipts looked through that have the traits, newest first. */
export async function findMatchingRows(db: Db, search: Search, limit: number): Promise<FoundRow[]> {
  const { rows } = await sql<FoundRow>`
    select *, ${countedText} from (${looked(search)}) as looked where ${traitsOf(search.filter)}
    order by ${orderOf(search.filter)} limit ${limit}`.execute(db)
  return rows
}

/** The last receipt that such a search looks at; nothing when it looks at fewer than it may. */
export async function findLastLooked(db: Db, search: Search): Promise<SearchPlace | undefined> {
  const columns = sql`call_id, counted_at`
  const { rows } = await sql<Pick<FoundRow, 'call_id' | 'counted_text'>>`
    select call_id, ${countedText} from (${looked(search, columns)}) as looked
    order by ${orderOf(search.filter)} offset ${search.looksMost - 1} limit 1`.execute(db)
  return rows[0] && searchPlaceOf(rows[0])
}

export const searchPlaceOf = ({
  call_id: callId,
  counted_text: countedAt,
}: Pick<FoundRow, 'call_id' | 'counted_text'>) => ({
  callId,
  countedAt,
})

export type BarRow = { bar: number; calls: bigint; errors: bigint; charged: NanoUsd }

/** Sums of the matching receipts between each two of `edges`, counted from 1. */
export async function sumBars(db: Db, search: Search, edges: readonly Date[]): Promise<BarRow[]> {
  const { rows } = await sql<BarRow>`
    select width_bucket(at, ${edges}::timestamptz[]) as bar, count(*) as calls,
      count(*) filter (where ${isError}) as errors, coalesce(sum(charged), 0)::bigint as charged
    from (${looked(search)}) as looked where ${traitsOf(search.filter)} group by 1 order by 1`.execute(db)
  return rows
}
