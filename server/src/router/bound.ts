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
  const prompt = promptSide(features, prices)
  const answer = answerSide(features)
  if (!areAllPriced(prompt.needed, prices) || !areAllPriced(answer.needed, prices)) {
    const unpriced = [...prompt.needed, ...answer.needed].filter((name) => !prices[name])
    return { kind: 'unpriced', classes: unpriced }
  }
  const lines = [
    { units: features.promptTokensBound, price: dearest(prices, prompt.all) },
    { units: features.outputTokensBound, price: dearest(prices, answer.all) },
    { units: features.requestsBound, price: prices.request?.perMillion ?? free },
  ]
  return { kind: 'bound', bound: costOf(lines) }
}

/** `needed` must have a price; the others of `all` are billed as their parent class when they have none. */
type Side = { readonly needed: readonly UnitClass[]; readonly all: readonly UnitClass[] }

const nothing: Side = { needed: [], all: [] }
const reads: Side = { needed: ['input'], all: ['input', 'cached_input', 'cache_write'] }
const hears: Side = { needed: ['input', 'audio_input'], all: ['input', 'audio_input', 'cached_input', 'cache_write'] }
const judges: Side = { needed: [], all: ['input'] }
const writes: Side = { needed: ['output'], all: ['output', 'reasoning'] }
const speaks: Side = { needed: ['output', 'audio_output'], all: ['output', 'audio_output', 'reasoning'] }

function promptSide({ endpoint, inputModalities }: CallFeatures, prices: PriceTable): Side {
  // What judges texts may be priced by the request alone.
  if (judgesText(endpoint) && prices.request) return judges
  return inputModalities.includes('audio') ? hears : reads
}

function answerSide({ endpoint, parameters }: CallFeatures): Side {
  if (!writesText(endpoint)) return nothing
  return parameters.includes('audio') ? speaks : writes
}

const free = 0n as NanoUsdPerMillion

function areAllPriced(classes: readonly UnitClass[], prices: PriceTable): boolean {
  for (const name of classes) if (!prices[name]) return false
  return true
}

function dearest(prices: PriceTable, classes: readonly UnitClass[]): NanoUsdPerMillion {
  let most = free
  for (const name of classes) {
    const price = prices[name]?.perMillion
    if (price !== undefined && price > most) most = price
  }
  return most
}
