import { numbersFrom } from '../../server/src/core/random.ts'

/** How one simulated offer behaves, as functions of the second. */
export type OfferScript = {
  readonly id: string
  /** USD per million tokens, in and out alike. */
  readonly price: number
  /** Median milliseconds of an answer; the 99th percentile is about three times that. */
  readonly medianMs: number
  readonly failureRate: (second: number) => number
  /** How long a failure takes to show. */
  readonly failureMs: number
  /** Above so many calls in a second it answers 429. */
  readonly callsPerSecondMax: (second: number) => number
  readonly retryAfterSeconds: number
}

export type Reply =
  | { readonly kind: 'ok'; readonly ms: number }
  | { readonly kind: 'failed'; readonly ms: number }
  | { readonly kind: 'limited'; readonly ms: number; readonly retryAfterSeconds: number }

const steady = { failureRate: () => 0.002, failureMs: 300, callsPerSecondMax: () => Infinity, retryAfterSeconds: 5 }

/** One bad day: the cheapest offer flaps, the next one has storms of 429, the third is slow, the dearest is well. */
export const badDay: readonly OfferScript[] = [
  // Down for 20 of every 60 seconds, and its failures are time-outs.
  {
    ...steady,
    id: 'cheapest',
    price: 1,
    medianMs: 400,
    failureMs: 5_000,
    failureRate: (second) => (second % 60 < 20 ? 0.95 : 0.01),
  },
  { ...steady, id: 'limited', price: 1.2, medianMs: 350, callsPerSecondMax: (second) => (second % 90 < 30 ? 5 : 200) },
  { ...steady, id: 'slow', price: 1.1, medianMs: 1_500 },
  { ...steady, id: 'dearest', price: 2.5, medianMs: 300 },
]

/** Answers calls by the scripts; the same seed and the same calls give the same answers. */
export function openWorld(scripts: readonly OfferScript[], seed: number) {
  const random = numbersFrom(seed)
  const sent = new Map<string, number>()

  /** Log-normal: the sum of twelve uniform numbers is nearly normal. */
  function spread(): number {
    let sum = -6
    for (let draw = 0; draw < 12; draw++) sum += random()
    return Math.exp(sum * 0.47)
  }

  return {
    ask(id: string, nowMs: number): Reply {
      const script = scripts.find((each) => each.id === id)!
      const second = Math.floor(nowMs / 1_000)
      const inSecond = (sent.get(`${id} ${second}`) ?? 0) + 1
      sent.set(`${id} ${second}`, inSecond)
      const [chance, factor] = [random(), spread()]
      if (inSecond > script.callsPerSecondMax(second))
        return { kind: 'limited', ms: 50, retryAfterSeconds: script.retryAfterSeconds }
      if (chance < script.failureRate(second)) return { kind: 'failed', ms: script.failureMs }
      return { kind: 'ok', ms: script.medianMs * factor }
    },
  }
}
