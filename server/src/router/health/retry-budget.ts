import { openRing } from './ring.ts'

/**
 * Bounds what failures may add to the load of a model's providers: in every ten seconds at most a fifth of the calls, and
 * five a second more, so that a quiet model can fail over at all. When everything fails, retries would only make it worse.
 */
export type RetryBudget = {
  /** Notes a call's first attempt. */
  readonly called: (nowMs: number) => void
  /** Takes one extra attempt out of the budget, if one is left. */
  readonly spend: (nowMs: number) => boolean
}

const retryPart = 0.2
const retriesAlways = 50
const retryWindowMs = 10_000

export function openRetryBudget(): RetryBudget {
  const [calls, retries] = [0, 1]
  const ring = openRing({ slices: 11, sliceMs: 1_000, columns: 2 })
  return {
    called: (nowMs) => ring.add(calls, nowMs),
    spend(nowMs) {
      // Calls over ten whole seconds, retries over one more, so that no window of ten seconds has too many.
      const allowed = retriesAlways + retryPart * ring.sum(calls, retryWindowMs, nowMs)
      if (ring.sum(retries, retryWindowMs + 1_000, nowMs) + 1 > allowed) return false
      ring.add(retries, nowMs)
      return true
    },
  }
}
