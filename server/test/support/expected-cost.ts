import { nanoUsd, toCredits } from '../../src/core/money.ts'
import type { UnitClass } from '../../src/credits/index.ts'

/** USD per million units, as an operator writes them. */
export type PriceTexts = Partial<Readonly<Record<UnitClass, string>>>

/** What units cost at prices, in credits: the sum of units x price, rounded up once to a nano-USD. */
export function creditsFor(units: Partial<Readonly<Record<UnitClass, number>>>, prices: PriceTexts): string {
  let total = 0n
  for (const [unitClass, count] of Object.entries(units)) {
    total += BigInt(count) * scaled(prices[unitClass as UnitClass] ?? '0', 9)
  }
  return toCredits(nanoUsd((total + 999_999n) / 1_000_000n))
}

/** Decimal credits as whole thousandths of one, for sums. */
export function thousandths(credits: unknown): bigint {
  if (typeof credits !== 'string') throw new TypeError(`not decimal credits: ${JSON.stringify(credits)}`)
  return scaled(credits, 3)
}

/** So many times an amount of credits. */
export function times(credits: string, count: number): string {
  const total = thousandths(credits) * BigInt(count)
  return `${total / 1_000n}.${String(total % 1_000n).padStart(3, '0')}`.replace(/\.?0+$/, '')
}

function scaled(text: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}
