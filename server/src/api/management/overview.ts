import { z } from '@hono/zod-openapi'
import { type NanoUsd, nanoUsd, toCredits } from '../../core/money.ts'
import type { Uuid } from '../../core/ids.ts'
import { findAccount, listKeys } from '../../accounts/index.ts'
import {
  type Balance,
  balanceOf,
  type Measure,
  nothing,
  percentileOf,
  searchCharges,
  type Sum,
  usageSeries,
} from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { accountMeant } from '../auth.ts'
import { notFound } from '../faults.ts'
import { creditsText, dataOf, idField, timeOrNull, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { bucketStart, moved } from '../time-buckets.ts'
import { zoneField } from '../zone.ts'

const dayMs = 86_400_000
const runwayDays = 7
const runwayDaysMost = 3_650

const spent = z.object({
  from: timeText,
  credits: creditsText,
  before_credits: creditsText.openapi({ description: 'Up to the same time of the day, or month, before.' }),
  change: z
    .number()
    .nullable()
    .openapi({ description: 'Against that: 0.5 is half as much again; null where it was nothing.' }),
})

const step = z.object({ id: z.enum(['add_credits', 'create_key', 'first_call']), done: z.boolean() })

const overview = z
  .object({
    account_id: z.string().openapi({ format: 'uuid' }),
    credits: z.object({
      available: creditsText,
      on_hold: creditsText.openapi({ description: 'Reserved for calls under way.' }),
      spent: creditsText.openapi({ description: 'Ever.' }),
    }),
    spend: z.object({ today: spent, month: spent }),
    last_24_hours: z.object({
      calls: z.number().int(),
      errors: z.number().int(),
      error_rate: z.number().nullable(),
      first_token_p50_ms: z.number().nullable(),
      first_token_p95_ms: z.number().nullable(),
    }),
    runway: z.object({
      days: z.number().int().nullable().openapi({
        description:
          'Available / `credits_per_day`, rounded down; null where nothing is spent, or it is 10 years and more.',
      }),
      credits_per_day: creditsText,
      over_days: z
        .number()
        .openapi({ description: 'The mean is over so many days: 7, or as many as the account has existed.' }),
    }),
    checklist: z.object({ done: z.boolean(), steps: z.array(step) }).openapi({ description: 'Of a new account.' }),
    newest_call_at: timeText.nullable(),
    zone: z.string(),
    as_of: timeText,
  })
  .openapi('Overview')

const getOverview = operation({
  id: 'getOverview',
  method: 'get',
  path: '/overview',
  tag: 'Usage',
  summary: 'Get how an account stands: balance, spend, errors, latency, for how long the credits last',
  description: 'Days and months are those of `zone`. Latencies are of calls that were answered.',
  allowed: 'management',
  query: z.strictObject({
    account_id: idField.optional().openapi({ description: 'Absent: the own account.' }),
    zone: zoneField,
  }),
  answer: dataOf(overview),
  run: async ({ api, db, bearer, query: { account_id, zone } }) => {
    const accountId = accountMeant(bearer, account_id)
    const now = new Date(api.clock.nowMs())
    const [account, balance] = await Promise.all([findAccount(db, accountId), balanceOf(db, accountId)])
    if (!account || !balance) throw notFound('account')
    const ask = sumsOf(db, accountId)
    const [today, month, recent, runway, checklist] = await Promise.all([
      spendSince(ask, now, 'day', zone),
      spendSince(ask, now, 'month', zone),
      lastDay(ask, now),
      runwayOf(ask, balance.available, { now, createdAt: account.createdAt }),
      checklistOf(db, accountId, balance),
    ])
    return {
      data: {
        account_id: accountId,
        credits: {
          available: toCredits(balance.available),
          on_hold: toCredits(balance.held),
          spent: toCredits(balance.spent),
        },
        spend: { today, month },
        last_24_hours: recent,
        runway,
        ...checklist,
        zone,
        as_of: now.toISOString(),
      },
    }
  },
})

export const overviewOperations: readonly AnyOperation[] = [getOverview]

/** Sums of an account between each two of some moments. */
type AskSums = (measure: Measure, edges: readonly Date[]) => Promise<readonly Sum[]>

const sumsOf =
  (db: Db, accountId: Uuid): AskSums =>
  async (measure, edges) => {
    const asked = { filter: { accountId }, edges, groups: [], measure, top: 1, rankedFrom: 1 }
    const { series } = await usageSeries(db, asked)
    return edges.slice(1).map((_, at) => series[0]?.bars[at] ?? nothing)
  }

/** A call of this very millisecond counts. */
const justAfter = (now: Date): Date => new Date(now.getTime() + 1)

async function spendSince(ask: AskSums, now: Date, unit: 'day' | 'month', zone: string) {
  const start = bucketStart(now, unit, zone)
  const before = bucketStart(moved(start, -1, unit, zone), unit, zone)
  const sameBefore = new Date(Math.min(moved(now, -1, unit, zone).getTime(), start.getTime()))
  const [earlier, , current] = await ask('spend', [before, sameBefore, start, justAfter(now)])
  const [amount, amountBefore] = [current!.amount, earlier!.amount]
  return {
    from: start.toISOString(),
    credits: toCredits(nanoUsd(amount)),
    before_credits: toCredits(nanoUsd(amountBefore)),
    change: amountBefore === 0n ? null : Number(amount - amountBefore) / Number(amountBefore),
  }
}

async function lastDay(ask: AskSums, now: Date) {
  const edges = [new Date(now.getTime() - dayMs), justAfter(now)]
  const [[failed], [first]] = await Promise.all([ask('error_rate', edges), ask('first_tokens', edges)])
  const { amount: errors, base: calls } = failed!
  return {
    calls: Number(calls),
    errors: Number(errors),
    error_rate: calls === 0n ? null : Number(errors) / Number(calls),
    first_token_p50_ms: percentileOf(first!.lengths, 0.5),
    first_token_p95_ms: percentileOf(first!.lengths, 0.95),
  }
}

/** What is available lasts as long as the mean of the last days goes on. */
async function runwayOf(ask: AskSums, available: NanoUsd, { now, createdAt }: { now: Date; createdAt: Date }) {
  const ageMs = Math.max(dayMs, now.getTime() - createdAt.getTime())
  const spanMs = Math.min(runwayDays * dayMs, ageMs)
  const [sum] = await ask('spend', [new Date(now.getTime() - spanMs), justAfter(now)])
  const perDay = (sum!.amount * BigInt(dayMs)) / BigInt(spanMs)
  const days = perDay === 0n ? undefined : Number(available / perDay)
  return {
    days: days === undefined || days > runwayDaysMost ? null : days,
    credits_per_day: toCredits(nanoUsd(perDay)),
    over_days: Math.round((spanMs / dayMs) * 10) / 10,
  }
}

async function checklistOf(db: Db, accountId: Uuid, { purchased, granted, earned }: Balance) {
  const [keys, calls] = await Promise.all([
    listKeys(db, { accountId, limit: 1, filter: { kind: 'inference' } }),
    searchCharges(db, { accountId, limit: 1 }),
  ])
  const newest = calls.charges[0]?.at
  const steps = [
    { id: 'add_credits' as const, done: purchased + granted + earned > 0n || newest !== undefined },
    { id: 'create_key' as const, done: keys.length > 0 || newest !== undefined },
    { id: 'first_call' as const, done: newest !== undefined },
  ]
  return { checklist: { done: steps.every(({ done }) => done), steps }, newest_call_at: timeOrNull(newest) }
}
