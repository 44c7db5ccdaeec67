import { nanoUsd, toCredits } from '../../../core/money.ts'
import { type Measure, percentileOf, type Sum } from '../../../credits/index.ts'

/** What is shown of a sum: decimal text for credits, a number for what is counted, null where there is nothing to tell. */
export type Value = string | number | null

type Metric = {
  readonly measure: Measure
  readonly unit: 'credits' | 'calls' | 'tokens' | 'ms' | 'share' | 'tokens_per_second'
  readonly read: (sum: Sum) => Value
  /** Whether bars add up to the whole. */
  readonly adds: boolean
}

const counted = (measure: Measure, unit: 'calls' | 'tokens'): Metric => ({
  ...{ measure, unit, adds: true },
  read: ({ amount }) => Number(amount),
})

const share = (measure: Measure): Metric => ({
  ...{ measure, unit: 'share', adds: false },
  read: ({ amount, base }) => (base === 0n ? null : Number(amount) / Number(base)),
})

const percentile = (measure: Measure, part: number): Metric => ({
  ...{ measure, unit: 'ms', adds: false },
  read: ({ lengths }) => percentileOf(lengths, part),
})

const metrics = {
  spend: { measure: 'spend', unit: 'credits', adds: true, read: ({ amount }) => toCredits(nanoUsd(amount)) },
  calls: counted('calls', 'calls'),
  errors: counted('errors', 'calls'),
  error_rate: share('error_rate'),
  tokens_in: counted('tokens_in', 'tokens'),
  tokens_out: counted('tokens_out', 'tokens'),
  tokens_cached: counted('tokens_cached', 'tokens'),
  tokens_reasoning: counted('tokens_reasoning', 'tokens'),
  cache_share: share('cache_share'),
  tokens_per_second: {
    ...{ measure: 'tokens_per_second', unit: 'tokens_per_second', adds: false },
    read: ({ amount, base }) => (base === 0n ? null : (Number(amount) * 1_000) / Number(base)),
  },
  duration_p50: percentile('durations', 0.5),
  duration_p95: percentile('durations', 0.95),
  duration_p99: percentile('durations', 0.99),
  first_token_p50: percentile('first_tokens', 0.5),
  first_token_p95: percentile('first_tokens', 0.95),
  first_token_p99: percentile('first_tokens', 0.99),
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metrics
export const metricNames = Object.keys(metrics) as MetricName[]

export const metricOf = (name: MetricName): Metric => metrics[name]
