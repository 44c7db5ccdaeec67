import type { Percentile } from '../policy.ts'

/** Sizes on a logarithmic scale of four steps an octave: a percentile read from it is within ten percent. */
export const bucketCount = 64
const stepsPerOctave = 4

/** From 1 up to 60,000; what is beyond falls into the last. */
export const bucketOf = (value: number): number =>
  value <= 1 ? 0 : Math.min(bucketCount - 1, Math.ceil(Math.log2(value) * stepsPerOctave))

const middleOf = (bucket: number): number => 2 ** ((bucket - 0.5) / stepsPerOctave)

const parts: Readonly<Record<Percentile, number>> = { p50: 0.5, p75: 0.75, p90: 0.9, p99: 0.99 }

/** `undefined` where nothing was counted. */
export function percentileOf(counts: readonly number[], percentile: Percentile): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let left = Math.ceil(total * parts[percentile])
  for (const [bucket, count] of counts.entries()) {
    left -= count
    if (left <= 0) return middleOf(bucket)
  }
  return middleOf(bucketCount - 1)
}
