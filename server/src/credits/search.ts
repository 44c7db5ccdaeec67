import { type NanoUsd, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { chargeOf } from './receipts.ts'
import type { ChargeFilter } from './store/charge-filter.ts'
import { findLastLooked, findMatchingRows, type SearchPlace, searchPlaceOf, sumBars } from './store/search.ts'
import type { Charge } from './types.ts'

export type ChargeSearch = ChargeFilter & {
  /** Where the page before ended. */
  readonly before?: SearchPlace | undefined
  readonly limit: number
}

export type FoundCharges = {
  /** Newest first, at most `limit`. */
  readonly charges: readonly Charge[]
  /** Where to go on; `undefined`: there are no more. A search for what is rare may find less than it was asked for. */
  readonly next: SearchPlace | undefined
}

/** A search looks at so many receipts and then says how far it came. */
const looksMost = 20_000

/** Finds receipts by what they tell, newest first, reading at most 20,000 of them. */
export async function searchCharges(
  db: Db,
  { before, limit, ...filter }: ChargeSearch,
  looks = looksMost,
): Promise<FoundCharges> {
  const search = { filter, before, looksMost: looks }
  const rows = await findMatchingRows(db, search, limit + 1)
  if (rows.length <= limit) return { charges: rows.map(chargeOf), next: await findLastLooked(db, search) }
  return { charges: rows.slice(0, limit).map(chargeOf), next: searchPlaceOf(rows[limit - 1]!) }
}

export type Bar = { readonly calls: number; readonly errors: number; readonly charged: NanoUsd }

export type Bars = {
  /** One between each two edges. */
  readonly bars: readonly Bar[]
  /** Calls before then were not looked at any more; `undefined`: all were. */
  readonly lookedFrom: Date | undefined
}

const barLooksMost = 50_000

/** Adds up the matching receipts between each two of the edges, which ascend; the newest 50,000 of that time are looked at. */
export async function chargeBars(
  db: Db,
  filter: ChargeFilter,
  edges: readonly Date[],
  looks = barLooksMost,
): Promise<Bars> {
  const search = { filter: { ...filter, from: edges[0], to: edges.at(-1) }, before: undefined, looksMost: looks }
  const rows = await sumBars(db, search, edges)
  const last = await findLastLooked(db, search)
  const byBar = new Map(rows.map((row) => [row.bar, row]))
  const bars = edges.slice(1).map((_, at) => {
    const row = byBar.get(at + 1)
    return { calls: Number(row?.calls ?? 0), errors: Number(row?.errors ?? 0), charged: row?.charged ?? zero }
  })
  return { bars, lookedFrom: last && new Date(last.countedAt) }
}
