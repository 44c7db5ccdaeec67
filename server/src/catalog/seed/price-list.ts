import {
  calcPrice,
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
  type Provider,
} from '@pydantic/genai-prices'
import { ceilDiv, type NanoUsdPerMillion, nanoUsdPerMillion } from '../../core/money.ts'
import type { UnitClass } from '../../credits/index.ts'
import { parentClass } from '../price-timeline.ts'
import { abilitiesOf } from './families.ts'

/** The edition of the list, for the source of each price. */
export const edition = { name: 'genai-prices', version: '0.1.8', publishedOn: '2026-09-23' } as const

/** A price as the list has it: from a date on, or from the beginning. */
export type ListPrice = {
  readonly class: UnitClass
  readonly perMillion: NanoUsdPerMillion
  readonly validFrom: Date | undefined
}

/** What the list says of one upstream model. */
export type ListedModel = {
  readonly upstreamModel: string
  readonly name: string | undefined
  readonly description: string
  readonly contextLength: number | undefined
  /** Prompts of more tokens cost more than these prices; `undefined` where the prices hold for any. */
  readonly promptTokensPriced: number | undefined
  readonly prices: readonly ListPrice[]
  /** Where the list knows more than a flat price can say; part of each price's source. */
  readonly remarks: readonly string[]
}

/** What the list calls a class, and by how much its unit differs from a million. */
const classes: Readonly<Record<string, { readonly class: UnitClass; readonly factor: bigint }>> = {
  input_mtok: { class: 'input', factor: 1n },
  cache_read_mtok: { class: 'cached_input', factor: 1n },
  cache_write_mtok: { class: 'cache_write', factor: 1n },
  output_mtok: { class: 'output', factor: 1n },
  output_reasoning_mtok: { class: 'reasoning', factor: 1n },
  input_audio_mtok: { class: 'audio_input', factor: 1n },
  output_audio_mtok: { class: 'audio_output', factor: 1n },
  requests_kcount: { class: 'request', factor: 1_000n },
}

/**
 * Prices that are passed over, with what is remarked of each: tools that are paid apart, and finer steps of a class. A
 * model with any other price that has no class here (images, video, hours, pages) is left out whole.
 */
const passedOver: Readonly<Record<string, string | undefined>> = {
  web_searches_kcount: 'web searches of the upstream are not charged',
  storage_searches_kcount: 'file searches of the upstream are not charged',
  cache_write_1h_mtok: 'caching for an hour is not asked for',
  cache_audio_read_mtok: undefined,
}

/**
 * The models of one provider that the list prices. `upstreamModels` are the names that the provider itself lists; without
 * them the list's own names are taken, where they are names that can be called. Undated prices count from the beginning.
 */
export function listedModels(
  providerId: string,
  upstreamModels: readonly string[] | undefined,
): readonly ListedModel[] {
  const provider = findProvider({ providerId })
  if (!provider) return []
  return (upstreamModels ?? namesInList(provider)).flatMap((upstreamModel) => {
    const found = calcPrice({}, upstreamModel.replace(/^models\//, ''), { provider })
    return (found && listedModel(upstreamModel, found.model)) ?? []
  })
}

/** The list prices some vendors' models under another's name, where that one resells them at an address of its own. */
const resold: Readonly<Record<string, RegExp>> = { google: /^claude/ }

/** One name of each model that is not withdrawn: its id, if that is what is called, else the first that is. */
function namesInList(provider: Provider): readonly string[] {
  const names = provider.models
    .filter(({ id }) => !named[provider.id]?.[id])
    .filter(({ id, deprecated }) => !deprecated && !resold[provider.id]?.test(id))
    .map(({ id, match }) => (calcPrice({}, id, { provider })?.model.id === id ? id : firstExactName(match)))
  const callable = provider.models.flatMap(({ id }) => named[provider.id]?.[id] ?? [])
  return [...names.filter((name) => name !== undefined), ...callable]
}

/** What the list has under a name that its provider does not take. */
const named: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  openai: { moderation: 'omni-moderation-latest', 'codex-mini': 'codex-mini-latest' },
  cohere: {
    'command-a': 'command-a-03-2025',
    'command-r': 'command-r-08-2024',
    'command-r-plus': 'command-r-plus-08-2024',
    'command-r7b': 'command-r7b-12-2024',
  },
}

function firstExactName(match: MatchLogic): string | undefined {
  if ('equals' in match) return match.equals
  if (!('or' in match)) return undefined
  for (const each of match.or) {
    const name = firstExactName(each)
    if (name !== undefined) return name
  }
  return undefined
}

/** `undefined` for a model that has no price for its input, or prices that no class here stands for, unless it is free. */
export function listedModel(upstreamModel: string, info: ModelInfo): ListedModel | undefined {
  const editions = Array.isArray(info.prices) ? info.prices : [{ prices: info.prices }]
  const keys = new Set(editions.flatMap(({ prices }) => Object.keys(prices)))
  if ([...keys].some((key) => !classes[key] && !Object.hasOwn(passedOver, key))) return undefined
  if (keys.size === 0 && isFree(upstreamModel))
    return { ...described(upstreamModel, info), promptTokensPriced: undefined, prices: [free], remarks: [] }
  const daytime = editions.filter(({ constraint }) => constraint?.type === 'time_of_date').map((each) => each.prices)
  const dated = editions.filter(({ constraint }) => constraint?.type !== 'time_of_date')
  const prices = dated.flatMap(({ constraint, prices: flat }) => {
    const validFrom = constraint?.type === 'start_date' ? new Date(`${constraint.start_date}T00:00:00Z`) : undefined
    const table = complete(dearest([flat, ...daytime]), keys)
    return [...table].map(([name, perMillion]) => ({ class: name, perMillion, validFrom }))
  })
  if (!prices.some((price) => price.class === 'input')) return undefined
  const tables = editions.map((each) => each.prices)
  return {
    ...described(upstreamModel, info),
    promptTokensPriced: promptTokensPriced(tables),
    prices,
    remarks: remarksOn(tables, daytime.length > 0),
  }
}

/** From where on the list has dearer prices for the whole of a call: it is sold below that. */
function promptTokensPriced(tables: readonly ModelPrice[]): number | undefined {
  const starts = tables
    .flatMap((prices) => Object.values(prices))
    .flatMap((price) => (typeof price === 'object' && price.tiers[0] ? [price.tiers[0].start] : []))
  return starts.length === 0 ? undefined : Math.min(...starts)
}

const described = (upstreamModel: string, info: ModelInfo) => ({
  upstreamModel,
  name: info.name,
  description: info.description ?? '',
  contextLength: info.context_window,
})

/** The list leaves the price of much away that costs something; moderations are what it says to be free of charge. */
const isFree = (upstreamModel: string): boolean => abilitiesOf(upstreamModel).output.includes('moderation')

const free: ListPrice = { class: 'request', perMillion: nanoUsdPerMillion(0n), validFrom: undefined }

type Table = Map<UnitClass, NanoUsdPerMillion>

function dearest(alternatives: readonly ModelPrice[]): Table {
  const most: Table = new Map()
  for (const [key, price] of alternatives.flatMap((prices) => Object.entries(prices))) {
    const known = classes[key]
    if (!known || price === undefined) continue
    const base = nanoPerMillion(decimalText(typeof price === 'number' ? price : price.base))
    const perMillion = nanoUsdPerMillion(base * known.factor)
    if (perMillion >= (most.get(known.class) ?? 0n)) most.set(known.class, perMillion)
  }
  return most
}

/** Says what a discounted class costs in an edition that gives no discount, lest an earlier edition's discount live on. */
function complete(table: Table, keys: ReadonlySet<string>): Table {
  for (const key of keys) {
    const name = classes[key]?.class
    const parent = name && parentClass[name]
    const price = parent && table.get(parent)
    if (name && price !== undefined && !table.has(name)) table.set(name, price)
  }
  return table
}

function remarksOn(tables: readonly ModelPrice[], varies: boolean): readonly string[] {
  const remarks = new Set<string>(varies ? ['the dearest price of the day'] : [])
  for (const [key, price] of tables.flatMap((prices) => Object.entries(prices))) {
    const remark = passedOver[key]
    if (remark) remarks.add(remark)
    const tier = typeof price === 'object' ? price.tiers[0] : undefined
    if (tier) remarks.add(`for prompts of at most ${tier.start} tokens, the upstream charges more above`)
  }
  return [...remarks]
}

/** The shortest decimal text of a float, without an exponent: what the author of the list wrote. */
export function decimalText(value: number): string {
  const [mantissa = '0', exponent] = String(value).split('e')
  if (exponent === undefined) return mantissa
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent)
  if (shift < 0) return `0.${'0'.repeat(-shift - whole.length)}${whole}${fraction}`
  return whole + fraction.padEnd(shift, '0')
}

/** Reads a non-negative decimal price; what is finer than nano-USD per million is rounded up. */
export function nanoPerMillion(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return ceilDiv(BigInt(whole + fraction.padEnd(9, '0')), 10n ** BigInt(Math.max(fraction.length, 9) - 9))
}
