import type { Uuid } from '../core/ids.ts'
import type { NanoUsdPerMillion } from '../core/money.ts'
import type { UnitClass } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import { operatorSource, priceTimeline } from './price-timeline.ts'
import { priceOfRow } from './prices.ts'
import { listPriceRows } from './store/prices.ts'
import type { Offer, Price, PriceTable } from './types.ts'

/** Prices that the operator thinks of: of a model, or of one offer of it. */
export type PriceDraft = {
  readonly modelId: string
  readonly offerId: Uuid | undefined
  readonly validFrom: Date
  readonly prices: Partial<Readonly<Record<UnitClass, NanoUsdPerMillion>>>
}

/** What would be in force at the draft's moment without it and with it, and what a price list says. */
export type PriceChange = { readonly before: PriceTable; readonly after: PriceTable; readonly listed: PriceTable }

const pricesMax = 10_000

/** Every price there is of a model and its offers. */
export const pricesOfModel = async (db: Db, modelId: string): Promise<readonly Price[]> =>
  (await listPriceRows(db, { modelId, offerId: undefined, beforeId: undefined, limit: pricesMax })).map(priceOfRow)

/** What a draft would do to the price of an offer; to that of the model itself where no offer is given. Nothing is stored. */
export function previewPrices(
  known: readonly Price[],
  draft: PriceDraft,
  offer: Pick<Offer, 'id'> | undefined,
): PriceChange {
  const { modelId, offerId, validFrom } = draft
  const drafted = Object.entries(draft.prices).map(([name, perMillion]): Price => {
    // It would be the newest of its moment, and ids ascend with time.
    return { id: '~', modelId, offerId, class: name as UnitClass, perMillion, validFrom, source: operatorSource }
  })
  const concerns = (price: Price) => price.offerId === undefined || price.offerId === offer?.id
  const before = known.filter(concerns)
  const atMs = validFrom.getTime()
  return {
    before: priceTimeline(before)(atMs),
    after: priceTimeline([...before, ...drafted.filter(concerns)])(atMs),
    listed: priceTimeline(before.filter(({ source }) => source !== operatorSource))(atMs),
  }
}
