import { z } from '@hono/zod-openapi'
import type { Clock } from '../core/clock.ts'
import type { NanoUsd } from '../core/money.ts'
import { parseCredits, parseUsd, parseUsdPerMillion, toCredits } from '../core/money.ts'
import { isUuid } from '../core/ids.ts'
import type { Keeping, RateChange, RateLimits } from '../accounts/index.ts'
import { invalid } from './faults.ts'

/** An id as this API gives it out. */
export const idField = z
  .string()
  .refine(isUuid, { error: 'must be an id such as 01980f3e-7c1a-7000-8000-0123456789ab' })
  .openapi({ format: 'uuid' })

export const nameField = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(200, { error: 'at most 200 characters' })
  // NUL cannot be stored; line breaks and other controls would forge lines in lists and logs.
  .refine((text) => !/\p{Cc}/u.test(text), { error: 'must not have control characters' })

/** A time that a caller gives: RFC 3339 with a zone. */
export const timeField = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-31T00:00:00Z' })
  .transform((text) => new Date(text))
  .openapi({ type: 'string', format: 'date-time' })

/** A time that we tell. */
export const timeText = z.string().openapi({ format: 'date-time' })

const creditsMessage = 'credits are decimal text such as "1000" or "0.002" (never a JSON number, which would round)'

/** Credits that a caller gives; not negative. */
export const creditsField = z
  .string({ error: creditsMessage })
  .max(40, { error: creditsMessage })
  .transform((text, context) => {
    const amount = parseCredits(text)
    if (amount !== undefined && amount >= 0n) return amount
    context.addIssue({ code: 'custom', message: `${creditsMessage}, not negative, in steps of 0.002` })
    return z.NEVER
  })
  .openapi({ type: 'string', description: 'Decimal credits; 1,000,000 are 0.50 USD.', example: '1000000' })

/** Credits above zero. */
export const positiveCreditsField = creditsField
  .refine((amount) => amount > 0n, { error: 'must be more than 0' })
  .openapi({ type: 'string', description: 'Decimal credits, more than 0.', example: '1000000' })

/** Credits that we tell. */
export const creditsText = z.string().openapi({ description: 'Decimal credits.', example: '1000.5' })

const priceMessage = 'a price is decimal text in USD per million such as "0.15" (never a JSON number)'

export const priceField = z
  .string({ error: priceMessage })
  .max(40, { error: priceMessage })
  .transform((text, context) => {
    const price = parseUsdPerMillion(text)
    if (price !== undefined) return price
    context.addIssue({ code: 'custom', message: `${priceMessage}, not negative, at most 9 decimals` })
    return z.NEVER
  })
  .openapi({ type: 'string', description: 'Decimal USD per million units.', example: '0.15' })

const usdMessage = 'USD are decimal text such as "20" or "0.50" (never a JSON number, which would round)'
const cent = 10_000_000n

/** What people pay: USD above zero, whole cents. */
export const paidUsdField = z
  .string({ error: usdMessage })
  .max(40, { error: usdMessage })
  .transform((text, context) => {
    const amount = parseUsd(text)
    if (amount !== undefined && amount > 0n && amount % cent === 0n) return amount
    context.addIssue({ code: 'custom', message: `${usdMessage}, more than 0, in whole cents` })
    return z.NEVER
  })
  .openapi({ type: 'string', description: 'Decimal USD in whole cents, more than 0.', example: '20' })

/** USD that we tell. */
export const usdText = z.string().openapi({ description: 'Decimal USD.', example: '20' })

export const creditsOrNull = (amount: NanoUsd | undefined): string | null =>
  amount === undefined ? null : toCredits(amount)

export const timeOrNull = (time: Date | undefined): string | null => time?.toISOString() ?? null

/** The answer to a deletion. */
export const deleted = z.object({ deleted: z.literal(true) })

export const dataOf = <T extends z.ZodType>(entry: T) => z.object({ data: entry })

export const listOf = <T extends z.ZodType>(entry: T) => z.object({ data: z.array(entry) })

/** Refuses a time that a caller gave for something to come. */
export function refusePast(param: string, time: Date | null | undefined, clock: Pick<Clock, 'nowMs'>): void {
  if (time && time.getTime() <= clock.nowMs()) throw invalid(`${param}: must lie in the future`, param)
}

/** A limit of calls or tokens that a caller gives. */
const rateField = (description: string) =>
  z
    .number({ error: 'must be a whole number, or null' })
    .int({ error: 'must be a whole number' })
    .min(0, { error: 'must not be negative' })
    .max(1_000_000_000, { error: 'at most 1,000,000,000' })
    .nullable()
    .openapi({ type: ['integer', 'null'], description: `${description} Null: as the server is set; 0: no limit.` })

/** What a key or an account may do per minute and at once. */
export const rateFields = {
  requests_per_minute: rateField('Calls per minute.'),
  tokens_per_minute: rateField('Tokens per minute, of prompts and answers.'),
  parallel_max: rateField('Calls under way at once.'),
}

const cacheSecondsMax = 86_400

/** Which answers of a key's calls are kept. */
export const keepingFields = {
  cache_seconds: z
    .number({ error: 'must be whole seconds, or null' })
    .int({ error: 'must be whole seconds' })
    .min(1, { error: 'at least 1; null turns the cache off' })
    .max(cacheSecondsMax, { error: `at most ${cacheSecondsMax}` })
    .nullable()
    .openapi({
      type: ['integer', 'null'],
      description:
        'Its calls use the response cache, for so many seconds, unless a request says otherwise. Null: only those that ask for it.',
    }),
  store_answers: z
    .boolean({ error: 'must be true, false or null' })
    .nullable()
    .openapi({
      type: ['boolean', 'null'],
      description: 'Whether answers under an Idempotency-Key are stored for 24 hours. Null: as the server is set.',
    }),
}

export const keepingIn = ({ cacheSeconds, storeAnswers }: Keeping) => ({
  cache_seconds: cacheSeconds ?? null,
  store_answers: storeAnswers ?? null,
})

export const ratesIn = (rates: RateLimits) => ({
  requests_per_minute: rates.requests ?? null,
  tokens_per_minute: rates.tokens ?? null,
  parallel_max: rates.parallel ?? null,
})

type RateBody = Partial<Readonly<Record<keyof typeof rateFields, number | null | undefined>>>

export const rateChange = (body: RateBody): RateChange => ({
  requests: body.requests_per_minute,
  tokens: body.tokens_per_minute,
  parallel: body.parallel_max,
})
