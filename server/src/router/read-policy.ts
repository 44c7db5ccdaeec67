/** OpenRouter's routing fields, `models` and `provider`, with `hedge` and two headers of our own. */
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { nanoUsdPerMillion, parseUsd, parseUsdPerMillion, type NanoUsdPerMillion } from '../core/money.ts'
import type { UnitClass } from '../credits/index.ts'
import { quantizations } from '../catalog/index.ts'
import { noPolicy, percentiles, sorts, type RoutingPolicy, type Sort, type Thresholds } from './policy.ts'

const providerHeader = 'x-redpill-provider'
const hedgeHeader = 'x-redpill-hedge'

export type PolicyRead =
  | { readonly kind: 'read'; readonly policy: RoutingPolicy }
  | { readonly kind: 'invalid'; readonly message: string; readonly param: string }

const modelsMax = 10
const namesMax = 100
const hedgeMsMax = 600_000

/** Reads what a request says of routing; the usual request, which says nothing, costs four look-ups. */
export function readPolicy(body: JsonObject, header: (name: string) => string | undefined): PolicyRead {
  const { models, provider } = body
  const forced = header(providerHeader)
  const hedge = header(hedgeHeader)
  if ((models ?? provider ?? forced ?? hedge ?? undefined) === undefined) return { kind: 'read', policy: noPolicy }
  try {
    const policy: Draft = { ...noPolicy }
    if (models !== undefined && models !== null) policy.fallbackModels = readModels(models, body['model'])
    if (provider !== undefined && provider !== null) readProvider(provider, policy)
    if (forced !== undefined) policy.forced = forced.trim().toLowerCase()
    if (hedge !== undefined) policy.hedgeMs = asMilliseconds(/^\d+$/.test(hedge) ? Number(hedge) : hedge, hedgeHeader)
    return { kind: 'read', policy }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { kind: 'invalid', message: error.message, param: error.param }
  }
}

type Draft = { -readonly [Name in keyof RoutingPolicy]: RoutingPolicy[Name] }

class Malformed extends Error {
  readonly param: string
  constructor(param: string, must: string) {
    super(`'${param}' must be ${must}.`)
    this.param = param
  }
}

/** `model` goes first, whether the list repeats it or not. */
function readModels(value: JsonValue, first: JsonValue | undefined): readonly string[] {
  const names = asTexts(value, 'models', modelsMax)
  return [...new Set(names)].filter((name) => name !== first)
}

type Reader = (value: JsonValue, policy: Draft) => void

const fields: Readonly<Record<string, Reader>> = {
  order: (value, policy) => void (policy.order = asNames(value, 'provider.order')),
  only: (value, policy) => void (policy.only = asNames(value, 'provider.only')),
  ignore: (value, policy) => void (policy.ignore = asNames(value, 'provider.ignore')),
  allow_fallbacks: (value, policy) => void (policy.allowFallbacks = asBoolean(value, 'provider.allow_fallbacks')),
  require_parameters: (value, policy) =>
    void (policy.requireParameters = asBoolean(value, 'provider.require_parameters')),
  sort: readSort,
  max_price: (value, policy) => void (policy.maxPrice = readMaxPrice(value)),
  data_collection: (value, policy) =>
    void (policy.denyDataCollection = asOneOf(value, ['allow', 'deny'], 'provider.data_collection') === 'deny'),
  zdr: (value, policy) => void (policy.zdr = asBoolean(value, 'provider.zdr')),
  quantizations: (value, policy) => void (policy.quantizations = readQuantizations(value)),
  preferred_min_throughput: (value, policy) =>
    void (policy.throughputWish = readThresholds(value, 'provider.preferred_min_throughput', 1)),
  preferred_max_latency: (value, policy) =>
    void (policy.latencyWishMs = readThresholds(value, 'provider.preferred_max_latency', 1_000)),
  hedge: (value, policy) => void (policy.hedgeMs = asMilliseconds(value, 'provider.hedge')),
  // Nobody is known to allow it, so only its absence can be granted.
  enforce_distillable_text: (value) => void asOneOf(value, [false], 'provider.enforce_distillable_text'),
}

/** Every field that the block may have. */
const fieldNames = Object.keys(fields)

function readProvider(value: JsonValue, policy: Draft): void {
  if (!isObject(value)) throw new Malformed('provider', 'an object')
  for (const [name, given] of Object.entries(value)) {
    const read = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!read) throw new Malformed(`provider.${name.slice(0, 100)}`, `one of ${fieldNames.join(', ')}`)
    if (given !== null) read(given, policy)
  }
}

function readSort(value: JsonValue, policy: Draft): void {
  if (!isObject(value)) {
    policy.sort = asOneOf<Sort>(value, sorts, 'provider.sort')
    return
  }
  const { by, partition, ...rest } = value
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw new Malformed(`provider.sort.${unknown.slice(0, 100)}`, 'by or partition')
  if (by !== undefined && by !== null) policy.sort = asOneOf<Sort>(by, sorts, 'provider.sort.by')
  if (partition !== undefined && partition !== null)
    policy.mixModels = asOneOf(partition, ['model', 'none'], 'provider.sort.partition') === 'none'
}

/** OpenRouter's names of the prices that can be capped, and ours. */
const cappable: Readonly<Record<string, UnitClass>> = {
  prompt: 'input',
  completion: 'output',
  request: 'request',
  image: 'image',
  audio: 'audio_input',
}
const perPiece: ReadonlySet<UnitClass> = new Set(['request', 'image'])
/** USD; a bound above it bounds nothing. */
const priceMax = 1e8

/** USD per million tokens, and per single request or image; numbers or decimal texts. */
function readMaxPrice(value: JsonValue): RoutingPolicy['maxPrice'] {
  if (!isObject(value)) throw new Malformed('provider.max_price', 'an object')
  const bounds: Partial<Record<UnitClass, NanoUsdPerMillion>> = {}
  for (const [name, given] of Object.entries(value)) {
    const param = `provider.max_price.${name.slice(0, 100)}`
    const unitClass = Object.hasOwn(cappable, name) ? cappable[name] : undefined
    if (!unitClass) throw new Malformed(param, `one of ${Object.keys(cappable).join(', ')}`)
    if (given !== null) bounds[unitClass] = readPrice(given, param, perPiece.has(unitClass))
  }
  return bounds
}

function readPrice(value: JsonValue, param: string, isPerPiece: boolean): NanoUsdPerMillion {
  const text = typeof value === 'number' && value >= 0 ? decimalText(value) : value
  if (typeof text !== 'string') throw new Malformed(param, 'a price in USD')
  const price = isPerPiece ? parseUsd(text) : parseUsdPerMillion(text)
  if (price === undefined || price < 0n) throw new Malformed(param, 'a price in USD with at most nine decimals')
  return nanoUsdPerMillion(isPerPiece ? price * 1_000_000n : price)
}

/** Without an exponent and with at most nine decimals. */
const decimalText = (value: number): string => {
  const text = String(Math.min(value, priceMax))
  return /^\d+(\.\d{1,9})?$/.test(text) ? text : Math.min(value, priceMax).toFixed(9)
}

function readQuantizations(value: JsonValue): readonly string[] {
  const known = [...quantizations, 'unknown']
  const names = asTexts(value, 'provider.quantizations', namesMax)
  for (const [at, name] of names.entries()) asOneOf(name, known, `provider.quantizations[${at}]`)
  return names
}

/** A number is a bound of the median. */
function readThresholds(value: JsonValue, param: string, scale: number): Thresholds {
  const given = isObject(value) ? value : { p50: value }
  const wish: Partial<Record<(typeof percentiles)[number], number>> = {}
  for (const [name, bound] of Object.entries(given)) {
    const percentile = percentiles.find((each) => each === name)
    if (!percentile) throw new Malformed(`${param}.${name.slice(0, 100)}`, `one of ${percentiles.join(', ')}`)
    if (bound === null) continue
    if (typeof bound !== 'number' || !(bound >= 0)) throw new Malformed(param, 'a number of at least 0, or percentiles')
    wish[percentile] = bound * scale
  }
  return wish
}

function asTexts(value: JsonValue, param: string, most: number): readonly string[] {
  if (!Array.isArray(value)) throw new Malformed(param, 'a list of texts')
  if (value.length > most) throw new Malformed(param, `a list of at most ${most}`)
  const wrong = value.findIndex((item) => typeof item !== 'string' || item === '')
  if (wrong !== -1) throw new Malformed(`${param}[${wrong}]`, 'a text that is not empty')
  return value as readonly string[]
}

const asNames = (value: JsonValue, param: string): readonly string[] =>
  asTexts(value, param, namesMax).map((name) => name.toLowerCase())

function asBoolean(value: JsonValue, param: string): boolean {
  if (typeof value === 'boolean') return value
  throw new Malformed(param, 'true or false')
}

function asOneOf<Choice extends string | false>(value: JsonValue, choices: readonly Choice[], param: string): Choice {
  const choice = choices.find((each) => each === value)
  if (choice === undefined)
    throw new Malformed(param, choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`)
  return choice
}

function asMilliseconds(value: JsonValue, param: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= hedgeMsMax) return value as number
  throw new Malformed(param, `a whole number of milliseconds from 1 to ${hedgeMsMax}`)
}
