/** How an offer answers; every call is a stream. */
export type Behaviour = {
  /** Median milliseconds to the first byte; the 99th percentile is about three times that. */
  readonly medianMs: number
  /** From the first byte to the last. */
  readonly streamMs: number
  /** The part of calls that fail before their first byte, and how long a failure takes to show. */
  readonly failureRate: number
  readonly failureMs: number
  /** The part of streams that break off after their first byte, anywhere. */
  readonly breakRate: number
  /** Above so many calls in a second it answers 429. */
  readonly callsPerSecondMax: number
  readonly retryAfterSeconds: number
}

/** A while in which an offer behaves otherwise; `everySeconds`: again and again. */
export type Spell = Partial<Behaviour> & {
  readonly fromSecond: number
  readonly untilSecond: number
  readonly everySeconds?: number
}

export type OfferScript = Behaviour & {
  readonly id: string
  /** USD per million tokens, in and out alike. */
  readonly price: number
  readonly spells: readonly Spell[]
}

export type Scenario = {
  readonly name: string
  readonly offers: readonly OfferScript[]
}

const steady: Omit<OfferScript, 'id' | 'price'> = {
  ...{ medianMs: 300, streamMs: 2_000 },
  ...{ failureRate: 0.002, failureMs: 300, breakRate: 0 },
  ...{ callsPerSecondMax: Infinity, retryAfterSeconds: 5 },
  spells: [],
}

/** Four offers; the cheapest, as quick as the dearest, has its spells, and where it is said the second too. */
const amongFour = (ofCheapest: readonly Spell[], ofSecond: readonly Spell[] = []): readonly OfferScript[] => [
  { ...steady, id: 'cheapest', price: 1, spells: ofCheapest },
  { ...steady, id: 'second', price: 1.2, medianMs: 400, spells: ofSecond },
  { ...steady, id: 'third', price: 1.5, medianMs: 500 },
  { ...steady, id: 'dearest', price: 2.5 },
]

const twoMinutes = { fromSecond: 60, untilSecond: 180 }

export const scenarios: readonly Scenario[] = [
  { name: 'Calm', offers: amongFour([]) },
  // Nothing comes back for two minutes, and each call finds out by its time-out.
  { name: 'Outage', offers: amongFour([{ ...twoMinutes, failureRate: 1, failureMs: 5_000 }]) },
  // Two calls a second are taken, and all others sent away for ten seconds.
  { name: 'Storm of 429', offers: amongFour([{ ...twoMinutes, callsPerSecondMax: 2, retryAfterSeconds: 10 }]) },
  {
    name: 'Flapping',
    offers: amongFour([{ fromSecond: 10, untilSecond: 15, everySeconds: 15, failureRate: 1, failureMs: 1_000 }]),
  },
  { name: 'Broken streams', offers: amongFour([{ ...twoMinutes, breakRate: 0.4 }]) },
  { name: 'A few broken streams', offers: amongFour([{ ...twoMinutes, breakRate: 0.08 }]) },
  {
    name: 'Failures before the first byte',
    offers: amongFour([{ ...twoMinutes, failureRate: 0.4 }], [{ ...twoMinutes, failureRate: 0.4 }]),
  },
  { name: 'Brown-out', offers: amongFour([{ ...twoMinutes, medianMs: 3_000 }]) },
  // The cheapest is silent for a third of the time, another has storms, a third is slow, the dearest is well.
  {
    name: 'Bad day',
    offers: [
      {
        ...{ ...steady, id: 'cheapest', price: 1, medianMs: 400, failureRate: 0.01 },
        spells: [{ fromSecond: 0, untilSecond: 20, everySeconds: 60, failureRate: 0.95, failureMs: 5_000 }],
      },
      {
        ...{ ...steady, id: 'limited', price: 1.2, medianMs: 350, callsPerSecondMax: 200 },
        spells: [{ fromSecond: 0, untilSecond: 30, everySeconds: 90, callsPerSecondMax: 5 }],
      },
      { ...steady, id: 'slow', price: 1.1, medianMs: 1_500 },
      { ...steady, id: 'dearest', price: 2.5 },
    ],
  },
]
