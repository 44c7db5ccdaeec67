import { z } from '@hono/zod-openapi'
import { nothing, usageSeries } from '../../../credits/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { Bearer } from '../../auth.ts'
import { type Cell, csvAnswer } from '../../csv.ts'
import { dataOf, timeOrNull, timeText } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { bucketUnits } from '../../time-buckets.ts'
import { timeIn } from '../../zone.ts'
import { seriesAsked, seriesFields, type SeriesQuery } from './asked.ts'
import { metricNames, metricOf } from './metrics.ts'
import { tellSeries } from './told.ts'

const value = z
  .union([z.string(), z.number()])
  .nullable()
  .openapi({ description: 'Decimal text for credits, else a number; null where there is nothing to tell.' })

const line = z.object({
  group: z.string().nullable().openapi({ description: 'Null without groups, and for what is beyond `top`.' }),
  subgroup: z.string().nullable(),
  group_name: z.string().nullable().openapi({ description: 'For people: the name of a key.' }),
  subgroup_name: z.string().nullable(),
  is_other: z.boolean().openapi({ description: 'Everything beyond `top`, together.' }),
  values: z.array(value).openapi({ description: 'One for each bucket.' }),
  total: value,
  before_total: value.openapi({ description: 'Of the time before, with `compare`.' }),
})

const answer = dataOf(
  z
    .object({
      metric: z.enum(metricNames),
      unit: z.enum(['credits', 'calls', 'tokens', 'ms', 'share', 'tokens_per_second']),
      bucket: z.enum(bucketUnits),
      zone: z.string(),
      from: timeText,
      to: timeText,
      buckets: z.array(z.object({ start: timeText, end: timeText })),
      series: z.array(line).openapi({ description: 'Largest first, what is beyond `top` last.' }),
      total: z.object({ values: z.array(value), total: value }),
      before: z.object({ from: timeText, to: timeText, values: z.array(value), total: value }).nullable(),
      counted_from: timeText
        .nullable()
        .openapi({ description: 'Where only receipts tell: calls before then were not counted any more.' }),
      as_of: timeText,
    })
    .openapi('UsageSeries'),
)

const description =
  "Whole hours come from sums that are kept, cut hours and the newest calls from receipts, so the sums are the ledger's at " +
  'every moment. Where a filter or group is known to receipts alone, or buckets are minutes, the newest 50,000 receipts of ' +
  'the time are counted and `counted_from` tells from when on. Percentiles are of calls that were answered, within 0.4 %.'

const getSeries = operation({
  id: 'getUsageSeries',
  method: 'get',
  path: '/usage/series',
  tag: 'Usage',
  summary: 'Chart what was used: a metric over time, by group and subgroup',
  description,
  allowed: 'management',
  query: z.strictObject(seriesFields),
  answer,
  run: async ({ api, db, bearer, query }) => ({ data: await tell(db, bearer, query, api.clock.nowMs()) }),
})

const seriesCsv = operation({
  id: 'exportUsageSeries',
  method: 'get',
  path: '/usage/series.csv',
  tag: 'Usage',
  summary: 'Export a chart as CSV: a row for each bucket and group',
  allowed: 'management',
  query: z.strictObject(seriesFields),
  answer: csvAnswer,
  run: async ({ api, db, bearer, query }) => {
    const told = await tell(db, bearer, query, api.clock.nowMs())
    return { fileName: `redpill-${query.metric}.csv`, rows: rowsOf(told, query) }
  },
})

export const seriesOperations: readonly AnyOperation[] = [getSeries, seriesCsv]

type Told = z.input<typeof answer>['data']

async function tell(db: Db, bearer: Bearer, query: SeriesQuery, nowMs: number): Promise<Told> {
  const { edges, before, asked } = seriesAsked(bearer, query, nowMs)
  const { series, countedFrom } = await usageSeries(db, asked)
  const told = await tellSeries(db, series, query, before.length)
  const empty = edges.slice(1).map(() => metricOf(query.metric).read(nothing))
  const filled = <T extends { values: Told['total']['values'] }>(part: T): T =>
    part.values.length > 0 ? part : { ...part, values: empty }
  const [first, last] = [before[0], before.at(-1)]
  return {
    ...{ metric: query.metric, unit: metricOf(query.metric).unit, bucket: query.bucket, zone: query.zone },
    from: edges[0]!.toISOString(),
    to: edges.at(-1)!.toISOString(),
    buckets: edges.slice(1).map((end, at) => ({ start: edges[at]!.toISOString(), end: end.toISOString() })),
    series: told.series,
    total: filled(told.total),
    before: first && last ? { from: first.toISOString(), to: last.toISOString(), ...filled(told.before) } : null,
    counted_from: timeOrNull(countedFrom),
    as_of: new Date(nowMs).toISOString(),
  }
}

async function* rowsOf({ buckets, series }: Told, { metric, group, subgroup, zone }: SeriesQuery) {
  const groups = [group, subgroup].filter((name) => name !== undefined)
  const unit = metricOf(metric).unit
  const named = groups.flatMap((name) => (name === 'key' ? ['key', 'key_name'] : [name]))
  yield [`from (${zone})`, `to (${zone})`, ...named, unit === 'credits' ? 'credits' : metric] as readonly Cell[]
  for (const [at, { start, end }] of buckets.entries())
    for (const each of series) {
      const names = [
        ...namesOf(group, each.is_other, each.group, each.group_name),
        ...namesOf(subgroup, each.is_other, each.subgroup, each.subgroup_name),
      ]
      yield [timeIn(zone, new Date(start)), timeIn(zone, new Date(end)), ...names, each.values[at]] as readonly Cell[]
    }
}

function namesOf(by: SeriesQuery['group'], isOther: boolean, name: string | null, told: string | null): Cell[] {
  if (by === undefined) return []
  if (isOther) return by === 'key' ? ['', '(other)'] : ['(other)']
  return by === 'key' ? [name, told] : [name]
}
