import type { Percentile } from '../policy.ts'
import { bucketCount, bucketOf, percentileOf } from './buckets.ts'
import { openRing, type Ring } from './ring.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs

/** The spans that are kept: fine slices for five minutes, coarse ones for an hour, outcomes alone for a day. */
export const spans = {
  halfMinute: 30 * secondMs,
  fiveMinutes: 5 * minuteMs,
  halfHour: 30 * minuteMs,
  hour: 60 * minuteMs,
  day: 24 * 60 * minuteMs,
} as const

export type Counts = { readonly ok: number; readonly failed: number; readonly limited: number }
export type Measure = 'firstByteMs' | 'tokensPerSecond'

/** Outcomes, waits and speeds of one offer. */
export type Windows = {
  readonly count: (outcome: keyof Counts, nowMs: number) => void
  readonly measure: (measure: Measure, value: number, nowMs: number) => void
  readonly countsOver: (spanMs: number, nowMs: number) => Counts
  /** `undefined` where nothing was measured. */
  readonly percentileOver: (
    measure: Measure,
    percentile: Percentile,
    spanMs: number,
    nowMs: number,
  ) => number | undefined
}

const columns = { ok: 0, failed: 1, limited: 2, firstByteMs: 3, tokensPerSecond: 3 + bucketCount } as const
const columnCount = 3 + 2 * bucketCount

export function openWindows(): Windows {
  // One slice more than the span, for the span begins in the middle of one.
  const fine = openRing({ slices: 31, sliceMs: 10 * secondMs, columns: columnCount })
  const coarse = openRing({ slices: 61, sliceMs: minuteMs, columns: columnCount })
  const long = openRing({ slices: 49, sliceMs: 30 * minuteMs, columns: 3 })
  const ringOf = (spanMs: number): Ring => (spanMs <= spans.fiveMinutes ? fine : spanMs <= spans.hour ? coarse : long)
  return {
    count(outcome, nowMs) {
      for (const ring of [fine, coarse, long]) ring.add(columns[outcome], nowMs)
    },
    measure(measure, value, nowMs) {
      const column = columns[measure] + bucketOf(value)
      fine.add(column, nowMs)
      coarse.add(column, nowMs)
    },
    countsOver(spanMs, nowMs) {
      const sums = [0, 0, 0]
      ringOf(spanMs).sumInto(sums, 0, spanMs, nowMs)
      return { ok: sums[0]!, failed: sums[1]!, limited: sums[2]! }
    },
    percentileOver(measure, percentile, spanMs, nowMs) {
      const sums = Array.from({ length: bucketCount }, () => 0)
      ringOf(spanMs).sumInto(sums, columns[measure], spanMs, nowMs)
      return percentileOf(sums, percentile)
    },
  }
}
