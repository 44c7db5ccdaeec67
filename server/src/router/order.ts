import { numbersFrom } from '../core/random.ts'
import type { Candidate } from './eligible.ts'
import type { Wish } from './model-name.ts'
import { percentiles, type Sort, type Thresholds } from './policy.ts'
import { isNameOf } from './provider-names.ts'
import type { CallFeatures, PlannedAttempt, Surroundings } from './types.ts'

/** At most so many offers of a model are tried for a call. */
const attemptsMax = 8

type Mode = 'balance' | 'named' | Sort

/** Candidates in the order in which they are tried, each with its reason. */
export function inOrder(
  candidates: readonly Candidate[],
  wish: Wish,
  features: CallFeatures,
  around: Surroundings,
): readonly PlannedAttempt[] {
  const [only] = candidates
  if (!only) return []
  if (candidates.length === 1) return [because(only, whyLate(only) ?? 'only offer')]
  const { policy } = features
  const mode: Mode = policy.order.length > 0 ? 'named' : (policy.sort ?? wish.sort ?? around.defaultOrder)
  const compare = comparisons[mode](features, around)
  const ranks = new Map(candidates.map((candidate) => [candidate, rankOf(candidate, features, around)]))
  const sorted = candidates.toSorted((a, b) => ranks.get(a)! - ranks.get(b)! || compare(a, b) || byBoundThenId(a, b))
  const best = sorted.filter((candidate) => ranks.get(candidate) === ranks.get(sorted[0]!))
  const isOurs = policy.order.length === 0 && policy.sort === undefined && wish.sort === undefined
  const pinned =
    isOurs && features.pinnedOfferId ? best.find(({ offer }) => offer.id === features.pinnedOfferId) : undefined
  const first = pinned ?? (mode === 'balance' ? drawn(best, around) : sorted[0]!)
  const titles = pinned ? pinnedTitles : titlesOf[mode]
  const attempts = [first, ...sorted.filter((candidate) => candidate !== first)].map((candidate, at) =>
    because(
      candidate,
      whyLate(candidate) ?? (mode === 'named' ? namedTitle(candidate, policy.order, around) : titles[at === 0 ? 0 : 1]),
    ),
  )
  const isAlone = !policy.allowFallbacks && policy.order.length === 0
  return attempts.slice(0, isAlone ? 1 : attemptsMax)
}

const because = ({ model, offer, prices, bound }: Candidate, reason: string): PlannedAttempt => ({
  ...{ model, offer, prices, bound, reason },
})

const titlesOf: Readonly<Record<Mode, readonly [string, string]>> = {
  balance: ['drawn by price', 'next by price'],
  price: ['cheapest', 'next by price'],
  latency: ['quickest first byte', 'next by first byte'],
  throughput: ['highest throughput', 'next by throughput'],
  named: ['', ''],
}
const pinnedTitles = ['answered this conversation before', 'next by price'] as const

const namedTitle = ({ offer }: Candidate, order: readonly string[], { snapshot }: Surroundings): string =>
  order.some((name) => isNameOf(name, offer, snapshot)) ? 'named in provider.order' : 'not named in provider.order'

function whyLate({ standing, isTight }: Candidate): string | undefined {
  if (standing.kind === 'ejected') return 'failed lately'
  if (standing.kind === 'silent') return 'silent for longer than usual'
  if (standing.kind === 'limited') return 'at its rate limit'
  return isTight ? 'may be too short for prompt and answer' : undefined
}

/** What is well comes before what is not, what has room before what may not, what meets the caller's wishes before the rest. */
function rankOf({ standing, isTight, offer }: Candidate, { policy }: CallFeatures, around: Surroundings): number {
  const { throughputWish, latencyWishMs } = policy
  const unwell = { well: 0, silent: 4, ejected: 4, limited: 8 }[standing.kind]
  const misses =
    (throughputWish !== undefined || latencyWishMs !== undefined) &&
    missesWish(offer.id, throughputWish, latencyWishMs, around)
  return unwell + (isTight ? 2 : 0) + (misses ? 1 : 0)
}

/** Of whom nothing is known, everything may be hoped. */
function missesWish(
  offerId: string,
  throughput: Thresholds | undefined,
  latencyMs: Thresholds | undefined,
  { health, monotonicMs }: Surroundings,
): boolean {
  const known = health.of(offerId)
  if (!known) return false
  return percentiles.some((percentile) => {
    const least = throughput?.[percentile]
    const most = latencyMs?.[percentile]
    // `p90` of throughput is what nine of ten calls reach, so it is read from the other end.
    const speed = least === undefined ? undefined : known.tokensPerSecond(percentile, monotonicMs)
    const wait = most === undefined ? undefined : known.firstByteMs(percentile, monotonicMs)
    return (speed !== undefined && speed < least!) || (wait !== undefined && wait > most!)
  })
}

type Compare = (a: Candidate, b: Candidate) => number

const comparisons: Readonly<Record<Mode, (features: CallFeatures, around: Surroundings) => Compare>> = {
  price: () => byBoundThenId,
  balance: () => byBoundThenId,
  named: ({ policy }, { snapshot }) => {
    const placeOf = ({ offer }: Candidate) => {
      const at = policy.order.findIndex((name) => isNameOf(name, offer, snapshot))
      return at === -1 ? policy.order.length : at
    }
    return (a, b) => placeOf(a) - placeOf(b)
  },
  latency: (_features, around) => byMeasure(around, (health, nowMs) => health.firstByteMs('p50', nowMs)),
  throughput: (_features, around) =>
    byMeasure(around, (health, nowMs) => {
      const speed = health.tokensPerSecond('p50', nowMs)
      return speed === undefined ? undefined : 1 / speed
    }),
}

/** Each failure in a hundred calls weighs like so many hundredths of price or wait: what broke off is made good nowhere. */
const failureWeight = 10

/** By how much dearer or slower an offer counts than it is, for what failed there lately. */
const doubtOf = ({ offer }: Candidate, { health, monotonicMs }: Surroundings): number =>
  1 + failureWeight * (health.of(offer.id)?.failedPart(monotonicMs) ?? 0)

type Known = NonNullable<ReturnType<Surroundings['health']['of']>>

/**
 * The least first, failures weighed in. One of which nothing is known is asked before all others, by one call at a time,
 * so that it is known.
 */
function byMeasure(around: Surroundings, measure: (health: Known, nowMs: number) => number | undefined): Compare {
  const valueOf = (candidate: Candidate): number => {
    const known = around.health.of(candidate.offer.id)
    const measured = known && measure(known, around.monotonicMs)
    if (measured !== undefined) return measured * doubtOf(candidate, around)
    return known && known.open() > 0 ? Infinity : -Infinity
  }
  // A percentile is read from thousands of counters: once for each candidate, not for each comparison.
  const values = new Map<Candidate, number>()
  const valueOnce = (candidate: Candidate): number => {
    const known = values.get(candidate) ?? valueOf(candidate)
    values.set(candidate, known)
    return known
  }
  return (a, b) => {
    const [left, right] = [valueOnce(a), valueOnce(b)]
    return left === right ? 0 : left - right
  }
}

const byBoundThenId: Compare = (a, b) => {
  if (a.bound !== b.bound) return a.bound < b.bound ? -1 : 1
  return a.offer.id < b.offer.id ? -1 : a.offer.id > b.offer.id ? 1 : 0
}

/**
 * Draws one with a probability of 1/price², failures weighed in. Those of equal price share their draw: two of them are
 * looked at, and the one where a call waits less is taken.
 */
function drawn(sorted: readonly Candidate[], around: Surroundings): Candidate {
  const random = numbersFrom(Math.floor(around.chance * 2 ** 32))
  const cheapest = sorted[0]!.bound
  const weights = sorted.map((candidate) => {
    const price = candidate.bound === cheapest ? 1 : Number(candidate.bound) / Number(cheapest)
    return (price * doubtOf(candidate, around)) ** -2
  })
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  const at = weights.findIndex((weight) => (left -= weight) < 0)
  const { bound } = sorted[at === -1 ? 0 : at]!
  const equals = sorted.filter((candidate) => candidate.bound === bound)
  if (equals.length === 1) return equals[0]!
  const one = Math.floor(random() * equals.length)
  const other = (one + 1 + Math.floor(random() * (equals.length - 1))) % equals.length
  const loadOf = (candidate: Candidate) =>
    (around.health.of(candidate.offer.id)?.load(around.monotonicMs) ?? 0) * doubtOf(candidate, around)
  return loadOf(equals[other]!) < loadOf(equals[one]!) ? equals[other]! : equals[one]!
}
