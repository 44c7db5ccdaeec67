import type { Uuid } from '../../../core/ids.ts'
import { addSums, nothing, type Series, type Sum } from '../../../credits/index.ts'
import { keyNames } from '../../../accounts/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { metricOf, type Value } from './metrics.ts'
import type { SeriesQuery } from './asked.ts'

/** One line of a chart, as it is told. */
export type Told = {
  readonly group: string | null
  readonly subgroup: string | null
  readonly group_name: string | null
  readonly subgroup_name: string | null
  readonly is_other: boolean
  readonly values: Value[]
  readonly total: Value
  readonly before_total: Value
}

type Shown = Pick<SeriesQuery, 'metric' | 'group' | 'subgroup' | 'cumulative'>

/** Each series with its buckets and its whole, largest first and what is beyond the top last; then all of them together. */
export async function tellSeries(db: Db, series: readonly Series[], shown: Shown, beforeEdges: number) {
  const { read } = metricOf(shown.metric)
  const cut = (bars: readonly Sum[]) => ({
    bars: bars.slice(beforeEdges),
    before: bars.slice(0, Math.max(0, beforeEdges - 1)),
  })
  const nameOf = await namesOf(db, series, shown)
  const rows = series.map(({ group = null, subgroup = null, bars: given }) => {
    const { bars, before } = cut(given)
    return { group, subgroup, bars, before, whole: addSums(bars) }
  })
  const told = rows.toSorted(largestFirst).map(({ group, subgroup, bars, before, whole }) => ({
    ...{ group, subgroup },
    group_name: nameOf(shown.group, group),
    subgroup_name: nameOf(shown.subgroup, subgroup),
    is_other: group === null && shown.group !== undefined,
    values: valuesOf(bars, shown),
    total: read(whole),
    before_total: before.length > 0 ? read(addSums(before)) : null,
  }))
  const bars = together(rows.map((row) => row.bars))
  const before = together(rows.map((row) => row.before))
  const total = { values: valuesOf(bars, shown), total: read(addSums(bars)) }
  const totalBefore = { values: valuesOf(before, shown), total: read(addSums(before)) }
  return { series: told satisfies Told[], total, before: totalBefore }
}

type Row = Pick<Series, 'group' | 'subgroup'> & { readonly whole: Sum }

function largestFirst(a: Row, b: Row): number {
  const isRest = (row: Row) => Number(row.group === null)
  if (isRest(a) !== isRest(b)) return isRest(a) - isRest(b)
  return Number(b.whole.amount - a.whole.amount) || (a.group ?? '').localeCompare(b.group ?? '')
}

function valuesOf(bars: readonly Sum[], { metric, cumulative }: Shown): Value[] {
  const { read } = metricOf(metric)
  if (!cumulative) return bars.map(read)
  let sum = nothing
  return bars.map((bar) => read((sum = addSums([sum, bar]))))
}

/** Bar by bar, over all series. */
function together(all: readonly (readonly Sum[])[]): Sum[] {
  const [first = []] = all
  return first.map((_, at) => addSums(all.map((bars) => bars[at]!)))
}

/** Keys are told by their names; everything else is one. */
async function namesOf(db: Db, series: readonly Series[], { group, subgroup }: Shown) {
  const ids = series.flatMap((each): (Uuid | null | undefined)[] => [
    ...(group === 'key' ? [each.group] : []),
    ...(subgroup === 'key' ? [each.subgroup] : []),
  ])
  const names = await keyNames(
    db,
    ids.filter((id) => typeof id === 'string'),
  )
  return (by: Shown['group'], name: string | null): string | null =>
    name === null || by !== 'key' ? name : (names.get(name)?.name ?? null)
}
