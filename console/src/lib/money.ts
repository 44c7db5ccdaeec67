/**
 * Credits in the browser. The API tells decimal text with up to three decimals; here it is a whole number of
 * milli-credits (a bigint), so that sums are exact. 1,000,000 credits are 0.50 USD: one milli-credit is half a nano-USD.
 */
export type MilliCredits = bigint & { readonly unit?: 'milli-credits' }

/** How amounts are shown; the other unit stands beside, or in the title. */
export type MoneyUnit = 'credits' | 'usd'

const usdDecimals = 10 // one milli-credit is 0.0000000005 USD

/** Reads decimal credits such as '1000.5' or '-0.002'; undefined for anything else. */
export const parseCredits = (text: string): MilliCredits | undefined => readDecimal(text, 3)

/** Reads a USD amount such as '5' or '0.02', in whole milli-credits; undefined when it is none or finer than that. */
export function parseUsd(text: string): MilliCredits | undefined {
  const units = readDecimal(text, usdDecimals)
  return units === undefined || units % 5n !== 0n ? undefined : units / 5n
}

/** Credits that the API told. Throws on what is no amount: a page must not show 0 for it. */
export function credits(text: string): MilliCredits {
  const amount = parseCredits(text)
  if (amount === undefined) throw new TypeError(`not an amount of credits: ${text}`)
  return amount
}

/** The text the API takes: '1000.5'. */
export const toCreditsText = (amount: MilliCredits): string => writeDecimal(amount, 3, 0)

/** Exact USD without grouping: '0.5', '0.000001'. At least two decimals are written. */
export const toUsdText = (amount: MilliCredits): string => writeDecimal(amount * 5n, usdDecimals, 2)

/** Credits for people: whole ones from a thousand on, three decimals below, grouped. `1,234,568`, `12.345`. */
export function formatCredits(amount: MilliCredits): string {
  const shown = absolute(amount) >= 1_000_000n ? roundTo(amount, 1_000n) : amount
  return group(writeDecimal(shown, 3, 0))
}

/** USD for people: cents from a dollar on, else so many decimals that two digits say something. `$12.34`, `$0.000042`. */
export function formatUsd(amount: MilliCredits): string {
  const units = amount * 5n
  const size = absolute(units)
  const sign = units < 0n ? '−' : ''
  const one = 10n ** BigInt(usdDecimals)
  const decimals = size === 0n || size >= one ? 2 : Math.min(usdDecimals, usdDecimals - size.toString().length + 2)
  const kept = Math.max(2, decimals)
  const shown = roundTo(size, 10n ** BigInt(usdDecimals - kept))
  return `${sign}$${group(writeDecimal(shown, usdDecimals, 2))}`
}

/** An amount in the unit that the reader chose, with its name: '1,000 credits' or '$0.0005'. */
export const formatMoney = (amount: MilliCredits, unit: MoneyUnit): string =>
  unit === 'usd' ? formatUsd(amount) : `${formatCredits(amount)} ${absolute(amount) === 1_000n ? 'credit' : 'credits'}`

/** Every digit in both units, for titles and for copying. */
export const exactMoney = (amount: MilliCredits): string =>
  `${group(toCreditsText(amount))} credits = $${group(toUsdText(amount))}`.replace('$-', '−$')

/** The sum, exact. */
export const sumCredits = (amounts: Iterable<MilliCredits>): MilliCredits => {
  let sum = 0n
  for (const amount of amounts) sum += amount
  return sum
}

/** `part` of `whole` in percent for a bar, 0 to 100; the only place where an amount becomes a number, for drawing. */
export const percentOf = (part: MilliCredits, whole: MilliCredits): number =>
  whole <= 0n ? 0 : Math.min(100, Math.max(0, Number((part * 10_000n) / whole) / 100))

/** A price per million units in USD, as decimal text, told as credits per unit: '5' is 10 credits. Exact. */
export function creditsPerUnit(usdPerMillion: string): string {
  const units = readDecimal(usdPerMillion, 9)
  if (units === undefined) throw new TypeError(`not a price: ${usdPerMillion}`)
  return group(writeDecimal(units * 2n, 9, 0))
}

/** Decimal text as a whole number scaled by 10^decimals; undefined for anything else. */
export function readDecimal(text: string, decimals: number): bigint | undefined {
  const match = /^(-?)(\d{1,30})(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return undefined
  const [, sign, whole = '', fraction = ''] = match
  const digits = fraction.replace(/0+$/, '')
  if (digits.length > decimals) return undefined
  const units = BigInt(whole + digits.padEnd(decimals, '0'))
  return sign ? -units : units
}

/** The other way round, with at least so many decimals. */
export function writeDecimal(units: bigint, decimals: number, decimalsMin: number): string {
  const digits = absolute(units)
    .toString()
    .padStart(decimals + 1, '0')
  const fraction = digits.slice(-decimals).replace(/0+$/, '').padEnd(decimalsMin, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -decimals)}${fraction ? `.${fraction}` : ''}`
}

const absolute = (value: bigint) => (value < 0n ? -value : value)

/** Half away from zero. */
function roundTo(value: bigint, step: bigint): bigint {
  const size = ((absolute(value) + step / 2n) / step) * step
  return value < 0n ? -size : size
}

/** Thousands apart: '1,234.5'. */
export const group = (text: string): string => {
  const [whole = '', fraction] = text.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',').replace('-', '−')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
