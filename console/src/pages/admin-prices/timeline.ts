import type { Schemas } from '../../api/schema.ts'
import { type PriceClass, priceClassNames } from '../../lib/price.ts'

export type PriceRow = Schemas['Price']

/** A class of one place: of the model itself, or of one of its offers. */
export type PlacePrices = ClassPrices & { readonly offerId: string | undefined }

/** The places that have prices, the model itself first. */
export function placePrices(
  prices: readonly PriceRow[],
  offerIds: readonly string[],
  nowMs: number,
): readonly PlacePrices[] {
  return [undefined, ...offerIds].flatMap((offerId) =>
    classPrices(prices, offerId, nowMs).map((each) => ({ ...each, offerId })),
  )
}

/** One class of a model or of one offer: the price that counts now, those to come, and those that counted before. */
export type ClassPrices = {
  readonly class: PriceClass
  readonly now: PriceRow | undefined
  /** Soonest first. */
  readonly coming: readonly PriceRow[]
  /** Newest first; those that never counted because another came first are among them. */
  readonly before: readonly PriceRow[]
}

const isOperators = ({ source }: PriceRow): boolean => source === 'operator'

/** The operator's word goes before a price list's; between equals the later one counts. */
function newer(a: PriceRow, b: PriceRow): number {
  const rank = Number(isOperators(b)) - Number(isOperators(a))
  return rank || Date.parse(b.valid_from) - Date.parse(a.valid_from) || (a.id < b.id ? 1 : -1)
}

/** Sorts the prices of one place (a model's own, or one offer's) by class and by what counts at a moment. */
export function classPrices(
  prices: readonly PriceRow[],
  offerId: string | undefined,
  nowMs: number,
): readonly ClassPrices[] {
  const own = prices.filter((price) => (price.offer_id ?? undefined) === offerId)
  return priceClassNames
    .map((name) => {
      const ofClass = own.filter((price) => price.class === name)
      const begun = ofClass.filter((price) => Date.parse(price.valid_from) <= nowMs).toSorted(newer)
      const coming = ofClass.filter((price) => Date.parse(price.valid_from) > nowMs)
      return {
        class: name,
        now: begun[0],
        coming: coming.toSorted((a, b) => Date.parse(a.valid_from) - Date.parse(b.valid_from)),
        before: begun.slice(1),
      }
    })
    .filter(({ now, coming }) => now !== undefined || coming.length > 0)
}
