import type { Command } from 'commander'
import { grouped } from './amounts.ts'
import type { Rates } from './answers.ts'
import { readRate } from './options.ts'

type Rate = number | 'default'

/** Limits of calls, tokens and parallel calls, alike for keys and accounts. */
export type RateOptions = {
  readonly requestsPerMinute?: Rate
  readonly tokensPerMinute?: Rate
  readonly parallel?: Rate
}

export const withRates = (command: Command): Command =>
  command
    .option(
      '--requests-per-minute <count>',
      'calls per minute; none, or default for what the server is set to',
      readRate,
    )
    .option('--tokens-per-minute <count>', 'tokens per minute, of prompts and answers, likewise', readRate)
    .option('--parallel <count>', 'calls under way at once, likewise', readRate)

export const ratesBody = ({ requestsPerMinute, tokensPerMinute, parallel }: RateOptions): Partial<Rates> => ({
  ...(requestsPerMinute !== undefined && { requests_per_minute: limitOf(requestsPerMinute) }),
  ...(tokensPerMinute !== undefined && { tokens_per_minute: limitOf(tokensPerMinute) }),
  ...(parallel !== undefined && { parallel_max: limitOf(parallel) }),
})

const limitOf = (rate: Rate): number | null => (rate === 'default' ? null : rate)

/** Facts to print; limits that are the server's setting are left out. */
export const aboutRates = (rates: Rates): [string, string | undefined][] => [
  ['requests/min', inWords(rates.requests_per_minute)],
  ['tokens/min', inWords(rates.tokens_per_minute)],
  ['parallel', inWords(rates.parallel_max)],
]

const inWords = (limit: number | null): string | undefined =>
  limit === null ? undefined : limit === 0 ? 'no limit' : grouped(String(limit))
