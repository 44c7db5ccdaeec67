import { group, readDecimal, writeDecimal } from './money.ts'

/** A price in the browser: whole nano-USD per million units, exact. 5 USD per million are 5,000,000,000 of them. */
export type Price = bigint

/** What is counted of each class, and its name. */
export const priceClasses = {
  input: { label: 'Input', unit: 'token' },
  cached_input: { label: 'Cached input', unit: 'token' },
  cache_write: { label: 'Cache write', unit: 'token' },
  output: { label: 'Output', unit: 'token' },
  reasoning: { label: 'Reasoning', unit: 'token' },
  image: { label: 'Image', unit: 'image' },
  audio_input: { label: 'Audio input', unit: 'token' },
  audio_output: { label: 'Audio output', unit: 'token' },
  request: { label: 'Request', unit: 'request' },
} as const

export type PriceClass = keyof typeof priceClasses
export const priceClassNames = Object.keys(priceClasses) as readonly PriceClass[]

/** OpenRouter's names of the classes, in which lists tell prices. */
export const listedNames = {
  input: 'prompt',
  cached_input: 'input_cache_read',
  cache_write: 'input_cache_write',
  output: 'completion',
  reasoning: 'internal_reasoning',
  image: 'image',
  audio_input: 'audio',
  audio_output: 'audio_output',
  request: 'request',
} as const satisfies Record<PriceClass, string>

/** Reads USD per single unit, as lists tell it: '0.000005'. */
export const readPerUnit = (usd: string): Price | undefined => readDecimal(usd, 15)

/** Reads USD per million units, as people set it: '5'. */
export const readPerMillion = (usd: string): Price | undefined => readDecimal(usd, 9)

/** The text the API takes. */
export const toPerMillionText = (price: Price): string => writeDecimal(price, 9, 0)

/** USD per million, exact: '$5.00', '$0.075'. */
export const formatPerMillion = (price: Price): string => `$${group(writeDecimal(price, 9, 2))}`

/** USD for a single one, exact, for what is not counted in millions: '$0.005'. */
export const formatPerOne = (price: Price): string => `$${group(writeDecimal(price, 15, 2))}`

/** Credits for a single unit, exact: '10'. */
export const formatUnitCredits = (price: Price): string => group(writeDecimal(price * 2n, 9, 0))

/** What so many units cost, in milli-credits, rounded up: an estimate, for one class alone. */
export const costOfUnits = (units: number, price: Price): bigint =>
  (BigInt(Math.max(0, Math.round(units))) * price * 2n + 999_999n) / 1_000_000n

/** How much dearer in percent, one decimal: '+12.5 %', '−20 %', '0 %'; undefined of nothing. */
export function changePercent(before: Price | undefined, after: Price | undefined): string | undefined {
  if (before === undefined || after === undefined || before === 0n) return undefined
  const tenths = ((after - before) * 1_000n) / before
  const size = writeDecimal(tenths < 0n ? -tenths : tenths, 1, 0)
  return `${tenths > 0n ? '+' : tenths < 0n ? '−' : ''}${group(size)} %`
}
