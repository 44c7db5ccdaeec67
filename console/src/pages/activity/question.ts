import { callFilterShape, rangeShape } from '../../lib/call-search.ts'
import { flag, oneOf, type SearchOf, searchShape, wholeNumber } from '../../lib/search.ts'

/** What can be charted. `adds`: bars may be stacked and summed; of what does not add up only lines are drawn. */
export const metrics = {
  spend: { label: 'Spend', adds: true },
  calls: { label: 'Calls', adds: true },
  errors: { label: 'Failed calls', adds: true },
  error_rate: { label: 'Share that failed', adds: false },
  tokens_in: { label: 'Tokens in', adds: true },
  tokens_out: { label: 'Tokens out', adds: true },
  tokens_cached: { label: 'Tokens cached', adds: true },
  tokens_reasoning: { label: 'Tokens of reasoning', adds: true },
  cache_share: { label: 'Share of input cached', adds: false },
  tokens_per_second: { label: 'Tokens a second', adds: false },
  duration_p50: { label: 'Whole call, median', adds: false },
  duration_p95: { label: 'Whole call, p95', adds: false },
  duration_p99: { label: 'Whole call, p99', adds: false },
  first_token_p50: { label: 'First token, median', adds: false },
  first_token_p95: { label: 'First token, p95', adds: false },
  first_token_p99: { label: 'First token, p99', adds: false },
} as const
export type Metric = keyof typeof metrics
export const metricNames = Object.keys(metrics) as readonly Metric[]

export const groups = {
  model: 'Model',
  provider: 'Provider',
  key: 'Key',
  status: 'Status',
  app: 'App',
  user: 'User',
  session: 'Session',
  kind: 'Kind',
  model_asked: 'Model asked',
  finish_reason: 'Ended with',
  streamed: 'Streamed or not',
} as const
export type Group = keyof typeof groups
export const groupNames = Object.keys(groups) as readonly Group[]

const buckets = ['minute', 'hour', 'day', 'week', 'month'] as const
export type Bucket = (typeof buckets)[number]

const group = oneOf('none', ...groupNames)

const shape = {
  ...callFilterShape,
  ...rangeShape,
  metric: oneOf(...metricNames),
  group,
  subgroup: group,
  top: wholeNumber(1, 50),
  bucket: oneOf(...buckets),
  cumulative: flag,
  before: flag,
  look: oneOf('bars', 'lines'),
} as const

/** What the page of activity keeps in its address. */
export type ActivitySearch = SearchOf<typeof shape>
export const activitySearch = searchShape(shape)

/** What the page shows when its address names no time. */
export const usualRange = '30d'
/** As many as there are colours. */
export const usualTop = 7

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** The API draws no more than this in one chart. */
const bucketsMost = 750
const lengths = {
  minute: 60_000,
  hour: hourMs,
  day: dayMs,
  week: 7 * dayMs,
  month: 28 * dayMs,
} as const satisfies Record<Bucket, number>

export const bucketMs = (bucket: Bucket): number => lengths[bucket]

/** Buckets that are not too many for a span of this length. */
export const bucketsFor = (spanMs: number): readonly Bucket[] =>
  buckets.filter((bucket) => spanMs / lengths[bucket] < bucketsMost)

/** The bucket that reads best for a span: some dozens of bars. */
export function usualBucket(spanMs: number): Bucket {
  if (spanMs <= 2 * hourMs) return 'minute'
  if (spanMs <= 4 * dayMs) return 'hour'
  if (spanMs <= 120 * dayMs) return 'day'
  return spanMs <= 800 * dayMs ? 'week' : 'month'
}

/** Everything the chart asks, with what the address leaves open filled in. */
export function questionOf(search: ActivitySearch, spanMs: number) {
  const metric = search.metric ?? 'spend'
  const { adds } = metrics[metric]
  const first = search.group ?? 'model'
  const second = search.subgroup ?? 'none'
  const possible = bucketsFor(spanMs)
  return {
    metric,
    adds,
    group: first === 'none' ? undefined : first,
    subgroup: first === 'none' || second === 'none' || second === first ? undefined : second,
    top: search.top ?? usualTop,
    bucket: possible.find((bucket) => bucket === search.bucket) ?? usualBucket(spanMs),
    cumulative: adds && search.cumulative === true,
    compare: search.before === true,
    look: adds && search.cumulative !== true ? (search.look ?? 'bars') : 'lines',
  } as const
}

export type Question = ReturnType<typeof questionOf>
