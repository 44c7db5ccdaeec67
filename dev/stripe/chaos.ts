import { numbersFrom } from '../../server/src/core/random.ts'

/** What may go wrong between a merchant and Stripe. Chances are between 0 and 1. */
export type Chaos = {
  /** A request is answered with 500 before anything was done. */
  readonly fail_before: number
  /** A request is done, and the connection breaks before its answer is sent. */
  readonly lose_answer: number
  /** A request is refused with 429 before anything was done. */
  readonly rate_limit: number
  /** How long every request takes at least. */
  readonly latency_ms: number
  /** How often each event is delivered: once, and so many times more. */
  readonly duplicate: number
  /** An event is never delivered to an endpoint, as if all its attempts had failed. */
  readonly drop: number
  /** Each delivery waits for a random part of this, so that events overtake each other. */
  readonly shuffle_ms: number
  /** Each delivery waits for this. */
  readonly delay_ms: number
  /** What chance begins from, whenever it is set. */
  readonly seed: number
}

const calm: Chaos = {
  fail_before: 0,
  lose_answer: 0,
  rate_limit: 0,
  latency_ms: 0,
  duplicate: 0,
  drop: 0,
  shuffle_ms: 0,
  delay_ms: 0,
  seed: 1,
}

const chances = ['fail_before', 'lose_answer', 'rate_limit', 'drop'] as const

export type ChaosSwitches = {
  readonly now: () => Chaos
  /** Changes what is named and leaves the rest; gives the sentence that says what is wrong. */
  readonly set: (change: Partial<Chaos>) => string | undefined
  readonly happens: (what: (typeof chances)[number]) => boolean
  /** How long each delivery of one event to one endpoint waits; none is a dropped one. */
  readonly deliveryDelaysMs: () => readonly number[]
}

export function makeChaos(): ChaosSwitches {
  let chaos = calm
  let draw = numbersFrom(chaos.seed)
  return {
    now: () => chaos,
    set(change) {
      const wrong = wrongIn(change)
      if (wrong !== undefined) return wrong
      chaos = { ...chaos, ...change }
      if (change.seed !== undefined) draw = numbersFrom(change.seed)
      return undefined
    },
    // Nothing is drawn for what is off, so that switching one thing on does not change what another draws.
    happens: (what) => chaos[what] > 0 && draw() < chaos[what],
    deliveryDelaysMs() {
      if (chaos.drop > 0 && draw() < chaos.drop) return []
      const delay = () => chaos.delay_ms + (chaos.shuffle_ms > 0 ? Math.floor(draw() * chaos.shuffle_ms) : 0)
      return Array.from({ length: 1 + chaos.duplicate }, delay)
    },
  }
}

function wrongIn(change: Partial<Chaos>): string | undefined {
  for (const [name, value] of Object.entries(change)) {
    if (!Object.hasOwn(calm, name)) return `There is no switch ${name}. There are: ${Object.keys(calm).join(', ')}.`
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return `${name} is a number from 0 up.`
    if ((chances as readonly string[]).includes(name) && value > 1) return `${name} is a chance between 0 and 1.`
    if (name === 'duplicate' && (!Number.isInteger(value) || value > 20)) return 'duplicate is a whole number up to 20.'
  }
  return undefined
}
