import type { OfferFacts } from '../../catalog/index.ts'
import { openRing, type Ring } from './ring.ts'

/** Keeps an offer within the bounds that its operator set: calls at once, and calls in any minute. */
export type Capacity = {
  /** Seconds until there may be room; `undefined`: there is. */
  readonly fullForSeconds: (bounds: OfferFacts, open: number, nowMs: number) => number | undefined
  readonly noteSent: (bounds: OfferFacts, nowMs: number) => void
}

const secondMs = 1_000
/** A minute, and the second that it began in. */
const seconds = 61

export function openCapacity(): Capacity {
  let sent: Ring | undefined
  return {
    fullForSeconds({ concurrencyMax, requestsPerMinuteMax }, open, nowMs) {
      if (concurrencyMax !== undefined && open >= concurrencyMax) return 1
      if (requestsPerMinuteMax === undefined || !sent) return undefined
      const countOver = (span: number) => sent!.sum(0, span * secondMs, nowMs)
      if (countOver(seconds) < requestsPerMinuteMax) return undefined
      // In so many seconds, what was sent before the rest of the minute no longer counts.
      let wait = 1
      while (wait < seconds && countOver(seconds - wait) >= requestsPerMinuteMax) wait += 1
      return wait
    },
    noteSent({ requestsPerMinuteMax }, nowMs) {
      if (requestsPerMinuteMax === undefined) return
      sent ??= openRing({ slices: seconds + 1, sliceMs: secondMs, columns: 1 })
      sent.add(0, nowMs)
    },
  }
}
