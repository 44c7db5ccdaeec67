import type { Db } from '../platform/database/index.ts'
import { addLengths, countLengths, type Lengths, noLengths } from './lengths.ts'
import { findLastLooked } from './store/search.ts'
import { needsReceipts, sumSeries, type SumsAsked } from './store/usage-hours.ts'

/** Of one bar, or of many: how much of how many, and how long each took. */
export type Sum = { readonly amount: bigint; readonly base: bigint; readonly lengths: Lengths }

export type Series = {
  /** Undefined where nothing was grouped; null for what is beyond the top. */
  readonly group: string | null | undefined
  readonly subgroup: string | null | undefined
  /** One for each bar. */
  readonly bars: readonly Sum[]
}

export type SeriesAsked = Omit<SumsAsked, 'looksMost'>

export type FoundSeries = {
  /** In no order. */
  readonly series: readonly Series[]
  /** Where only receipts tell and there are too many: from when on everything was counted. */
  readonly countedFrom: Date | undefined
}

const looksMost = 50_000

export const nothing: Sum = { amount: 0n, base: 0n, lengths: noLengths }

export const addSums = (sums: readonly Sum[]): Sum => ({
  amount: sums.reduce((all, { amount }) => all + amount, 0n),
  base: sums.reduce((all, { base }) => all + base, 0n),
  lengths: addLengths(sums.map(({ lengths }) => lengths)),
})

/** Adds up calls per bar of time and group: from the sums by hour where they know what is asked, else from receipts. */
export async function usageSeries(db: Db, asked: SeriesAsked, looks = looksMost): Promise<FoundSeries> {
  const { edges, groups } = asked
  const rows = await sumSeries(db, { ...asked, looksMost: looks })
  const bars = edges.length - 1
  const found = new Map<string, { group: Series['group']; subgroup: Series['subgroup']; bars: Sum[] }>()
  for (const { bar, group, subgroup, amount, base, lengths } of rows) {
    const name = JSON.stringify([group, subgroup])
    const series = found.get(name) ?? {
      group: groups.length > 0 ? group : undefined,
      subgroup: groups.length > 1 ? subgroup : undefined,
      bars: Array.from({ length: bars }, () => nothing),
    }
    found.set(name, series)
    series.bars[bar - 1] = { amount, base, lengths: countLengths(lengths) }
  }
  return { series: [...found.values()], countedFrom: await countedFrom(db, asked, looks) }
}

async function countedFrom(db: Db, asked: SeriesAsked, looks: number): Promise<Date | undefined> {
  if (!needsReceipts(asked)) return undefined
  const filter = { ...asked.filter, from: asked.edges[0], to: asked.edges.at(-1) }
  const last = await findLastLooked(db, { filter, before: undefined, looksMost: looks })
  return last && new Date(last.countedAt)
}
