import type { RateColumns } from './store.ts'
import type { RateLimits } from './types.ts'

/** What is absent (or `undefined`) stays as it is; `null` goes back to the server's setting; 0 is no limit. */
export type RateChange = Partial<Readonly<Record<keyof RateLimits, number | null | undefined>>>

export const noRates: RateColumns = { requests_per_minute: null, tokens_per_minute: null, parallel_max: null }

export const ratesOf = (row: RateColumns): RateLimits => ({
  requests: row.requests_per_minute ?? undefined,
  tokens: row.tokens_per_minute === null ? undefined : Number(row.tokens_per_minute),
  parallel: row.parallel_max ?? undefined,
})

export const changedRates = (before: RateColumns, { requests, tokens, parallel }: RateChange): RateColumns => ({
  requests_per_minute: requests === undefined ? before.requests_per_minute : requests,
  tokens_per_minute: tokens === undefined ? before.tokens_per_minute : tokens === null ? null : BigInt(tokens),
  parallel_max: parallel === undefined ? before.parallel_max : parallel,
})
