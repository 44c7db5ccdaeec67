import { z } from '@hono/zod-openapi'
import { type SeriesGroup, seriesGroups } from '../../../credits/index.ts'
import type { Bearer } from '../../auth.ts'
import { callFields, callsAsked } from '../../call-filter.ts'
import { invalid } from '../../faults.ts'
import { bucketEdges, bucketStart, bucketUnits, edgesBefore, moved } from '../../time-buckets.ts'
import { zoneField } from '../../zone.ts'
import { metricNames, metricOf } from './metrics.ts'

const bucketsMost = 750
const daysShown = 30

const groupField = z
  .enum(seriesGroups, { error: `must be one of ${seriesGroups.join(', ')}` })
  .optional()
  .openapi({
    description: '`key`, `model`, `provider` and `status` are summed by hour; the others are read from receipts.',
  })

const flag = (description: string) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true')
    .openapi({ type: 'boolean', description })

export const seriesFields = {
  metric: z.enum(metricNames, { error: `must be one of ${metricNames.join(', ')}` }).default('spend'),
  group: groupField,
  subgroup: groupField,
  bucket: z.enum(bucketUnits, { error: `must be one of ${bucketUnits.join(', ')}` }).default('day'),
  zone: zoneField,
  top: z
    .string()
    .regex(/^(?:[1-9]\d?|1\d\d|200)$/, { error: 'must be a whole number from 1 to 200' })
    .default('8')
    .transform(Number)
    .openapi({
      type: 'integer',
      minimum: 1,
      maximum: 200,
      description: 'How many groups keep their name; 8 unless said.',
    }),
  cumulative: flag('Each bucket tells the sum up to its end. For what adds up: spend, calls, errors, tokens.'),
  compare: flag('Tell the same of as many buckets before `from`.'),
  ...callFields,
}

export type SeriesQuery = z.output<z.ZodObject<typeof seriesFields>>

/** The question behind a query: the newest 30 days of the zone unless a time is given. */
export function seriesAsked(bearer: Bearer, query: SeriesQuery, nowMs: number) {
  const { bucket: unit, zone, group, subgroup } = query
  if (subgroup !== undefined && (group === undefined || group === subgroup))
    throw invalid('subgroup: needs another group to part', 'subgroup')
  if (query.cumulative && !metricOf(query.metric).adds)
    throw invalid(`cumulative: ${query.metric} does not add up`, 'cumulative')
  const to = query.to ?? new Date(nowMs)
  const from = query.from ?? bucketStart(moved(to, 1 - daysShown, 'day', zone), 'day', zone)
  const filter = callsAsked(bearer, { ...query, from, to }, nowMs)
  const edges = bucketEdges({ from, to, unit, zone }, bucketsMost)
  if (edges.length - 1 > bucketsMost)
    throw invalid(`bucket: more than ${bucketsMost} of them; ask for longer ones or a shorter time`, 'bucket')
  const before = query.compare ? edgesBefore(edges, unit, zone) : []
  const groups: readonly SeriesGroup[] = [group, subgroup].filter((name) => name !== undefined)
  return {
    edges,
    before,
    asked: {
      filter,
      edges: [...before, ...edges],
      groups,
      measure: metricOf(query.metric).measure,
      top: query.top,
      rankedFrom: before.length + 1,
    },
  }
}
