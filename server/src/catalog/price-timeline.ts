import type { Price, PriceTable } from './types.ts'
import type { UnitClass } from '../credits/index.ts'

/** The price table of one offer at any moment. */
export type PriceTimeline = (atMs: number) => PriceTable

type Segment = { readonly fromMs: number; readonly table: PriceTable }

/**
 * Cuts time where a price begins and works out the table of each piece once, so that asking costs a comparison.
 * `prices` are the offer's own and its model's.
 */
export function priceTimeline(prices: readonly Price[]): PriceTimeline {
  const ordered = prices.toSorted((a, b) => a.validFrom.getTime() - b.validFrom.getTime() || (a.id < b.id ? -1 : 1))
  const segments: Segment[] = [{ fromMs: -Infinity, table: {} }]
  for (const price of ordered) {
    const fromMs = price.validFrom.getTime()
    const last = segments.at(-1)!
    const table = withPrice(last.table, price)
    if (last.fromMs === fromMs) segments[segments.length - 1] = { fromMs, table }
    else segments.push({ fromMs, table })
  }
  return (atMs) => segments.findLast(({ fromMs }) => fromMs <= atMs)!.table
}

function withPrice(table: PriceTable, price: Price): PriceTable {
  const present = table[price.class]
  return present && rank(present) > rank(price) ? table : { ...table, [price.class]: price }
}

/** Which of two prices of a class counts; between equals the later one does. */
const rank = ({ source, offerId }: Price): number =>
  (source === operatorSource ? 2 : 0) + (offerId === undefined ? 0 : 1)

export const operatorSource = 'operator'

/** The class that a class without a price of its own is billed as. */
export const parentClass: Partial<Readonly<Record<UnitClass, UnitClass>>> = {
  cached_input: 'input',
  cache_write: 'input',
  reasoning: 'output',
}
