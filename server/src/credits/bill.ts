import { costOf, type NanoUsd, type NanoUsdPerMillion } from '../core/money.ts'
import { unitClasses, type UnitClass, type Units } from './types.ts'

/** A price as a bill needs it: which immutable row, and how much. */
export type ClassPrice = { readonly id: string; readonly perMillion: NanoUsdPerMillion }

export type BillLine = {
  readonly class: UnitClass
  readonly units: number
  /** The price row that was used: the class's own, or its parent's. */
  readonly priceId: string
  readonly perMillion: NanoUsdPerMillion
}

export type Bill =
  | { readonly kind: 'billed'; readonly cost: NanoUsd; readonly lines: readonly BillLine[] }
  /** Units were used of classes that nobody priced: the call must be refused before it starts, never be free. */
  | { readonly kind: 'unpriced'; readonly classes: readonly UnitClass[] }

/** A class without a price of its own is billed as its parent. The other classes have none. */
const parents: Partial<Readonly<Record<UnitClass, UnitClass>>> = {
  cached_input: 'input',
  cache_write: 'input',
  reasoning: 'output',
}

/** What a unit of a class is billed at: the class's own price, or its parent's. */
export function priceOf<Price extends ClassPrice>(
  prices: Partial<Readonly<Record<UnitClass, Price>>>,
  unitClass: UnitClass,
): Price | undefined {
  const parent = parents[unitClass]
  return prices[unitClass] ?? (parent && prices[parent])
}

/**
 * What disjoint units cost at these prices, rounded up once to a nano-USD. A request without a price per request costs
 * nothing by itself; any other class in use must have a price, its own or its parent's.
 */
export function billOf(units: Units, prices: Partial<Readonly<Record<UnitClass, ClassPrice>>>): Bill {
  const lines: BillLine[] = []
  const unpriced: UnitClass[] = []
  for (const unitClass of unitClasses) {
    const used = units[unitClass] ?? 0
    if (used === 0) continue
    const price = priceOf(prices, unitClass)
    if (price) lines.push({ class: unitClass, units: used, priceId: price.id, perMillion: price.perMillion })
    else if (unitClass !== 'request') unpriced.push(unitClass)
  }
  if (unpriced.length > 0) return { kind: 'unpriced', classes: unpriced }
  const cost = costOf(lines.map((line) => ({ units: line.units, price: line.perMillion })))
  return { kind: 'billed', cost, lines }
}
