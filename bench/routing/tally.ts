import type { OfferScript } from './scenarios.ts'
import { troublesOf, type Reply } from './world.ts'

export type Outcome = {
  readonly strategy: string
  readonly calls: number
  /** Whose answer came whole; and whose began and broke off. */
  readonly answeredPercent: number
  readonly brokenPercent: number
  /** From the call to its first byte, failed tries included. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly triesPerCall: number
  /** What was paid for all, broken streams included, over the answers; the cheapest's price is 1. */
  readonly paidPerAnswer: number
  /** Requests to an offer while it was in trouble; and within a `Retry-After` that it had told. */
  readonly triesInTrouble: number
  readonly triesInWait: number
  /**
   * From the beginning of a trouble until the offer had no request for a second, and from its end until it had one:
   * medians over all troubles, `null` where it is never.
   */
  readonly leftAfterMs: number | null
  readonly backAfterMs: number | null
}

/** Of a call that breaks off, the prompt is paid and what came of the answer. */
const promptPart = 2 / 3
const quietMs = 1_000

/** Counts what callers and providers saw. */
export function openTally(offers: readonly OfferScript[], seconds: number) {
  const asked = new Map(offers.map(({ id }): [string, number[]] => [id, []]))
  const waitsUntilMs = new Map<string, number>()
  const priceOf = new Map(offers.map(({ id, price }) => [id, price]))
  const waits: number[] = []
  let [calls, tries, answered, broken, paid, triesInWait] = [0, 0, 0, 0, 0, 0]

  return {
    called: () => void (calls += 1),
    asked(id: string, nowMs: number): void {
      tries += 1
      asked.get(id)!.push(nowMs)
      if (nowMs < (waitsUntilMs.get(id) ?? 0)) triesInWait += 1
    },
    firstByte: (waitedMs: number) => void waits.push(waitedMs),
    ended(id: string, reply: Reply, nowMs: number): void {
      if (reply.kind === 'limited')
        waitsUntilMs.set(id, Math.max(waitsUntilMs.get(id) ?? 0, nowMs + reply.retryAfterSeconds * 1_000))
      if (reply.kind === 'ok') answered += 1
      if (reply.kind === 'broken') broken += 1
      if (reply.kind === 'ok') paid += priceOf.get(id)!
      if (reply.kind === 'broken') paid += priceOf.get(id)! * (promptPart + (1 - promptPart) * reply.part)
    },
    outcome(strategy: string): Outcome {
      const sorted = ascending(waits)
      const troubles = offers.flatMap((offer) =>
        troublesOf(offer, seconds).map((trouble) => ({ ...trouble, askedMs: asked.get(offer.id)! })),
      )
      return {
        ...{ strategy, calls },
        ...{ answeredPercent: rounded((100 * answered) / calls, 2), brokenPercent: rounded((100 * broken) / calls, 2) },
        ...{ p50Ms: Math.round(percentile(sorted, 0.5)), p99Ms: Math.round(percentile(sorted, 0.99)) },
        ...{ triesPerCall: rounded(tries / calls, 3), paidPerAnswer: rounded(paid / answered, 3) },
        triesInTrouble: troubles.reduce((sum, trouble) => sum + countWithin(trouble), 0),
        triesInWait,
        leftAfterMs: medianOf(troubles.map(leftAfterMs)),
        backAfterMs: medianOf(troubles.map(backAfterMs)),
      }
    },
  }
}

type Trouble = { readonly fromMs: number; readonly untilMs: number; readonly askedMs: readonly number[] }

const countWithin = ({ fromMs, untilMs, askedMs }: Trouble): number =>
  askedMs.filter((ms) => ms >= fromMs && ms < untilMs).length

function leftAfterMs({ fromMs, untilMs, askedMs }: Trouble): number {
  let lastMs = fromMs
  for (const ms of askedMs) {
    if (ms < fromMs) continue
    if (ms - lastMs >= quietMs) break
    lastMs = ms
  }
  return lastMs < untilMs ? lastMs - fromMs : Infinity
}

const backAfterMs = ({ untilMs, askedMs }: Trouble): number =>
  (askedMs.find((ms) => ms >= untilMs) ?? Infinity) - untilMs

function medianOf(values: readonly number[]): number | null {
  const middle = percentile(ascending(values), 0.5)
  return Number.isFinite(middle) ? Math.round(middle) : null
}

const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.ceil(sorted.length * part) - 1] ?? Infinity

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals))
