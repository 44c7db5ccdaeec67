import type { Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import type { ChargeFilter } from './store/charge-filter.ts'
import { findBoundRows, sumUsage, type UsageDimension, type UsageSums } from './store/usage.ts'
import { callCertainPosting, callSumHours, callSumUp, isDayDimension, sumUsageDays } from './store/usage-days.ts'
import { unitClasses, type Units } from './types.ts'

export type UsageBy = Pick<ChargeFilter, 'accountId' | 'keyId' | 'from' | 'to' | 'labels'> & {
  readonly groupBy: readonly UsageDimension[]
}

/** The calls of one combination of the dimensions asked for; `day` is a UTC date. */
export type Usage = {
  readonly key?: Uuid
  readonly model?: string
  readonly day?: string
  readonly status?: number
  /** Labels; empty for calls without. */
  readonly user?: string
  readonly session?: string
  readonly app?: string
  readonly calls: number
  readonly units: Units
  readonly charged: NanoUsd
}

/** Adds up receipts, so the sums are the ledger's. One row without any dimension. */
export async function usageBy(db: Db, { groupBy, ...filter }: UsageBy): Promise<Usage[]> {
  const dimensions = [...new Set(groupBy)]
  const rows =
    filter.labels === undefined && dimensions.every(isDayDimension)
      ? await sumUsageDays(db, filter, dimensions)
      : await sumUsage(db, filter, dimensions)
  return rows.map((row) => usageOf(row, dimensions))
}

const summedAtOnce = 100_000

/**
 * Adds the receipts that came since the last time to the sums by day and by hour. Any number of processes may do it.
 */
export async function sumUpUsage(db: Db, most = summedAtOnce): Promise<void> {
  const certain = await callCertainPosting(db)
  if (certain === undefined) return
  while ((await callSumUp(db, certain, most)) > 0);
  while ((await callSumHours(db, certain, most)) > 0);
}

function usageOf(row: UsageSums, dimensions: readonly UsageDimension[]): Usage {
  const used = unitClasses.filter((unitClass) => row[unitClass] > 0n)
  return {
    ...Object.fromEntries(dimensions.map((dimension) => [dimension, row[dimension]])),
    calls: Number(row.calls),
    units: Object.fromEntries(used.map((unitClass) => [unitClass, Number(row[unitClass])])),
    charged: row.charged,
  }
}

export type LearnedBound = {
  readonly modelId: string
  /** How many calls taught this. */
  readonly calls: number
  readonly outputTokensP95: number
  /** `undefined` when all prompts were tiny. */
  readonly tokensPerByteP99: number | undefined
}

const learnCallsMax = 100_000
const learnBytesMin = 256

/** What calls since `from` teach about each model's answers and tokenizer; from the newest 100,000 of them. */
export async function learnedBounds(db: Db, from: Date): Promise<LearnedBound[]> {
  const rows = await findBoundRows(db, from, learnCallsMax, learnBytesMin)
  return rows.map((row) => ({
    modelId: row.model_id,
    calls: Number(row.calls),
    outputTokensP95: row.output_p95,
    tokensPerByteP99: row.tokens_per_byte_p99 ?? undefined,
  }))
}
