import { ceilDiv, type NanoUsd, nanoUsd } from '../../core/money.ts'
import type { Token } from './settings.ts'

/** What a feed says one whole unit is worth: `answer` / 10^`decimals` USD. */
export type Price = { readonly answer: bigint; readonly decimals: number }

const nanoDecimals = 9
const power = (exponent: number): bigint => 10n ** BigInt(exponent)

const one: Price = { answer: 1n, decimals: 0 }

/** Stablecoins are one USD each, or not taken at all; the coin of a chain is worth what its feed says. */
export const priceOf = ({ kind }: Pick<Token, 'kind'>, said: Price | undefined): Price | undefined =>
  kind === 'stable' ? one : said

/** What so much of a token is worth, rounded down: no more is credited than came. */
export const worthOf = (amount: bigint, { decimals }: Pick<Token, 'decimals'>, price: Price): NanoUsd =>
  nanoUsd((amount * price.answer * power(nanoDecimals)) / power(decimals + price.decimals))

/** How much of a token is worth so much, rounded up to its smallest unit. */
export const amountFor = (worth: NanoUsd, { decimals }: Pick<Token, 'decimals'>, price: Price): bigint =>
  ceilDiv(worth * power(decimals + price.decimals), price.answer * power(nanoDecimals))

/** A stablecoin below this, in hundredths of a USD, has lost its peg. */
const pegLeast = 98n

export const isPegged = ({ answer, decimals }: Price): boolean => answer * 100n >= pegLeast * power(decimals)

/** So much of a token in whole units, as people write it. */
export function amountText(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)]
  const rest = part.replace(/0+$/, '')
  return `${amount < 0n ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`
}
