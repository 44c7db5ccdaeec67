declare const unit: unique symbol

/**
 * An amount of money in integer nano-USD (1 USD = 1,000,000,000). A PostgreSQL `bigint` holds ±9.2 billion USD.
 * One credit is exactly 500 nano-USD, so every amount has at most three decimals when it is written in credits.
 */
export type NanoUsd = bigint & { readonly [unit]: 'nano-usd' }

/** A price: integer nano-USD per 1,000,000 units (tokens, images, requests) of one class. */
export type NanoUsdPerMillion = bigint & { readonly [unit]: 'nano-usd-per-million' }

const nanoPerCredit = 500n
const nanoPerUsd = 1_000_000_000n
const unitsPerPrice = 1_000_000n

export const nanoUsd = (amount: bigint): NanoUsd => amount as NanoUsd
export const nanoUsdPerMillion = (amount: bigint): NanoUsdPerMillion => amount as NanoUsdPerMillion
export const zero = nanoUsd(0n)

export const add = (a: NanoUsd, b: NanoUsd): NanoUsd => nanoUsd(a + b)
export const subtract = (a: NanoUsd, b: NanoUsd): NanoUsd => nanoUsd(a - b)
export const min = (a: NanoUsd, b: NanoUsd): NanoUsd => (a < b ? a : b)
export const max = (a: NanoUsd, b: NanoUsd): NanoUsd => (a > b ? a : b)

/** Divides rounding up; both must be non-negative and the divisor positive. */
export function ceilDiv(dividend: bigint, divisor: bigint): bigint {
  if (dividend < 0n || divisor <= 0n)
    throw new RangeError('ceilDiv takes a non-negative dividend and a positive divisor')
  return (dividend + divisor - 1n) / divisor
}

/** One line of a bill: how many units of a class, and their price. */
export type PricedUnits = { readonly units: number; readonly price: NanoUsdPerMillion }

/**
 * What the lines cost together: multiplied first, summed, divided once and rounded up, so a bill is at most one nano-USD
 * above its exact value. Units are non-negative safe integers.
 */
export function costOf(lines: readonly PricedUnits[]): NanoUsd {
  let total = 0n
  for (const { units, price } of lines) {
    if (!Number.isSafeInteger(units) || units < 0)
      throw new RangeError(`units must be a non-negative integer, not ${units}`)
    total += BigInt(units) * price
  }
  return nanoUsd(ceilDiv(total, unitsPerPrice))
}

/** The part of an amount at `basisPoints` / 10,000, rounded down; the rest is `amount` minus this, so parts always sum. */
export function shareOf(amount: NanoUsd, basisPoints: number): NanoUsd {
  return nanoUsd((amount * BigInt(basisPoints)) / 10_000n)
}

/** Decimal credits, at most three decimals, no exponent: `"10"`, `"0.002"`, `"-3.5"`. The form in which money crosses every border. */
export const toCredits = (amount: NanoUsd): string => formatDecimal(amount * 2n, 3)

/** Decimal USD with at most nine decimals: `"0.000005"`. */
export const toUsd = (amount: NanoUsd): string => formatDecimal(amount, 9)

/** USD as a JSON number, for peers whose shapes demand one. For display only: never read money back from it. */
export const toUsdNumber = (amount: NanoUsd): number => Number(toUsd(amount))

/** USD per million units, as people write prices: `"5"`, `"0.02"`. */
export const toUsdPerMillion = (price: NanoUsdPerMillion): string => formatDecimal(price, 9)

/** USD per single unit, as OpenRouter writes prices: `"0.000005"`; exact to 15 decimals. */
export const toUsdPerUnit = (price: NanoUsdPerMillion): string => formatDecimal(price, 15)

/** Credits per single unit: GPT-4o input at 5 USD per million is `"10"`. */
export const toCreditsPerUnit = (price: NanoUsdPerMillion): string => formatDecimal(price * 2n, 9)

/** Reads decimal credits; `undefined` when the text is not a number or is finer than one nano-USD (0.002 credits). */
export function parseCredits(text: string): NanoUsd | undefined {
  const thousandths = parseDecimal(text, 3)
  if (thousandths === undefined || thousandths % 2n !== 0n) return undefined
  return nanoUsd((thousandths * nanoPerCredit) / 1_000n)
}

/** Reads decimal USD with at most nine decimals; `undefined` for anything else. */
export function parseUsd(text: string): NanoUsd | undefined {
  const nano = parseDecimal(text, 9)
  return nano === undefined ? undefined : nanoUsd(nano)
}

/** Reads a price in decimal USD per million units, non-negative, at most nine decimals; `undefined` for anything else. */
export function parseUsdPerMillion(text: string): NanoUsdPerMillion | undefined {
  const nano = parseDecimal(text, 9)
  return nano === undefined || nano < 0n ? undefined : nanoUsdPerMillion(nano)
}

/** Credits in whole numbers, for constants in code: `credits(10_000_000)`. */
export const credits = (whole: number): NanoUsd => nanoUsd(BigInt(whole) * nanoPerCredit)

/** USD in whole numbers, for constants in code. */
export const usd = (whole: number): NanoUsd => nanoUsd(BigInt(whole) * nanoPerUsd)

/** Writes `scaled` / 10^decimals without trailing zeros. */
function formatDecimal(scaled: bigint, decimals: number): string {
  const sign = scaled < 0n ? '-' : ''
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, -decimals)
  const fraction = digits.slice(-decimals).replace(/0+$/, '')
  return sign + whole + (fraction === '' ? '' : `.${fraction}`)
}

const maxDigits = 18

/** Reads plain decimal text as an integer scaled by 10^decimals; `undefined` when malformed, too fine or above 10^18. */
function parseDecimal(text: string, decimals: number): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '0', fraction = ''] = match
  const significant = fraction.replace(/0+$/, '')
  if (significant.length > decimals || whole.length + decimals > maxDigits) return undefined
  const scaled = BigInt(whole + significant.padEnd(decimals, '0'))
  return sign === '-' ? -scaled : scaled
}
