import { numbersFrom } from '../../server/src/core/random.ts'
import type { Behaviour, OfferScript, Spell } from './scenarios.ts'

export type Reply =
  | { readonly kind: 'ok'; readonly firstByteMs: number; readonly ms: number }
  /** It began and did not end; `part` of its answer came. */
  | { readonly kind: 'broken'; readonly firstByteMs: number; readonly ms: number; readonly part: number }
  | { readonly kind: 'failed'; readonly ms: number }
  | { readonly kind: 'limited'; readonly ms: number; readonly retryAfterSeconds: number }

/** Answers calls by the scripts; the same seed and the same calls give the same answers. */
export function openWorld(offers: readonly OfferScript[], seed: number) {
  const random = numbersFrom(seed)
  const behaviours = new Map(offers.map((offer) => [offer.id, behaviourOf(offer)]))
  const sent = new Map<string, { second: number; count: number }>()

  /** Log-normal: the sum of twelve uniform numbers is nearly normal. */
  function spread(): number {
    let sum = -6
    for (let draw = 0; draw < 12; draw++) sum += random()
    return Math.exp(sum * 0.47)
  }

  function countInSecond(id: string, second: number): number {
    const counted = sent.get(id)
    const count = counted?.second === second ? counted.count + 1 : 1
    sent.set(id, { second, count })
    return count
  }

  return {
    ask(id: string, nowMs: number): Reply {
      const second = Math.floor(nowMs / 1_000)
      const { medianMs, streamMs, ...is } = behaviours.get(id)!(second)
      const [failing, breaking, part, factor] = [random(), random(), random(), spread()]
      if (countInSecond(id, second) > is.callsPerSecondMax)
        return { kind: 'limited', ms: 50, retryAfterSeconds: is.retryAfterSeconds }
      if (failing < is.failureRate) return { kind: 'failed', ms: is.failureMs }
      const firstByteMs = medianMs * factor
      if (breaking < is.breakRate) return { kind: 'broken', firstByteMs, ms: firstByteMs + streamMs * part, part }
      return { kind: 'ok', firstByteMs, ms: firstByteMs + streamMs }
    },
  }
}

function behaviourOf(offer: OfferScript): (second: number) => Behaviour {
  const within = offer.spells.map((spell) => ({ spell, behaviour: { ...offer, ...spell } }))
  return (second) => within.find(({ spell }) => isWithin(spell, second))?.behaviour ?? offer
}

function isWithin({ fromSecond, untilSecond, everySeconds }: Spell, second: number): boolean {
  const at = everySeconds === undefined ? second : second % everySeconds
  return at >= fromSecond && at < untilSecond
}

/** When an offer was in trouble until `seconds`, spell by spell. */
export function troublesOf({ spells }: OfferScript, seconds: number): readonly { fromMs: number; untilMs: number }[] {
  const troubles = spells.flatMap(({ fromSecond, untilSecond, everySeconds = Infinity }) => {
    const times = Math.ceil((seconds - fromSecond) / everySeconds)
    return Array.from({ length: Math.max(1, times) }, (_, time) => {
      const laterMs = time === 0 ? 0 : time * everySeconds * 1_000
      return { fromMs: fromSecond * 1_000 + laterMs, untilMs: untilSecond * 1_000 + laterMs }
    })
  })
  return troubles.filter(({ untilMs }) => untilMs <= seconds * 1_000)
}
