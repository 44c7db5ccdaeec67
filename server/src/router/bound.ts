import { costOf, type NanoUsd, type NanoUsdPerMillion } from '../core/money.ts'
import type { PriceTable } from '../catalog/index.ts'
import type { UnitClass } from '../credits/index.ts'
import { judgesText, writesText } from '../providers/index.ts'
import type { CallFeatures } from './types.ts'

/** The most that a call can cost at these prices, or the classes that it would use and nobody has priced. */
export type Bound =
  | { readonly kind: 'bound'; readonly bound: NanoUsd }
  | { readonly kind: 'unpriced'; readonly classes: readonly UnitClass[] }

/**
 * Every prompt token may turn out to be of the dearest class that a prompt of this kind can have (cache writes cost more
 * than plain input), every answered token likewise: only then is the bound one. Images count as prompt tokens.
 */
export function boundOf(features: CallFeatures, prices: PriceTable): Bound {
  const { prompt, answer } = classesOf(features, prices)
  const unpriced = [...prompt.needed, ...answer.needed].filter((name) => !prices[name])
  if (unpriced.length > 0) return { kind: 'unpriced', classes: unpriced }
  const lines = [
    { units: features.promptTokensBound, price: dearest(prices, [...prompt.needed, ...prompt.possible]) },
    { units: features.outputTokensBound, price: dearest(prices, [...answer.needed, ...answer.possible]) },
    { units: features.requestsBound, price: dearest(prices, ['request']) },
  ]
  return { kind: 'bound', bound: costOf(lines) }
}

/** `needed` must have a price; `possible` are billed as their parent class when they have none. */
type Classes = { readonly needed: readonly UnitClass[]; readonly possible: readonly UnitClass[] }

function classesOf(features: CallFeatures, prices: PriceTable): { readonly prompt: Classes; readonly answer: Classes } {
  const { endpoint, inputModalities, parameters } = features
  const hears = inputModalities.includes('audio')
  const speaks = parameters.includes('audio')
  const prompt: Classes = {
    needed: hears ? ['input', 'audio_input'] : ['input'],
    possible: ['cached_input', 'cache_write'],
  }
  const nothing = { needed: [], possible: [] }
  // What judges texts may be priced by the request alone.
  if (judgesText(endpoint) && prices.request) return { prompt: { needed: [], possible: ['input'] }, answer: nothing }
  if (!writesText(endpoint)) return { prompt, answer: nothing }
  return { prompt, answer: { needed: speaks ? ['output', 'audio_output'] : ['output'], possible: ['reasoning'] } }
}

const free = 0n as NanoUsdPerMillion

const dearest = (prices: PriceTable, classes: readonly UnitClass[]): NanoUsdPerMillion =>
  classes.map((name) => prices[name]?.perMillion ?? free).reduce((most, price) => (price > most ? price : most), free)
