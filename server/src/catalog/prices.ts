import type { Uuid } from '../core/ids.ts'
import { type NanoUsdPerMillion, nanoUsdPerMillion } from '../core/money.ts'
import type { UnitClass } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import { operatorSource } from './price-timeline.ts'
import { findModelRow } from './store/models.ts'
import { findOfferRow } from './store/offers.ts'
import { insertPrices, listPriceRows, listPriceRowsOf, type PriceFilter } from './store/prices.ts'
import { lockCatalog, type PriceRow } from './store/tables.ts'
import type { Price } from './types.ts'

export type NewPrice = {
  readonly id: Uuid
  readonly modelId: string
  /** Set for the price of one offer; else of every offer of the model that has none of its own from the operator. */
  readonly offerId?: Uuid | undefined
  readonly class: UnitClass
  readonly perMillion: NanoUsdPerMillion
  /** From when it counts; `now` unless said. */
  readonly validFrom?: Date | undefined
  readonly now: Date
}

export type PriceCreated =
  | { readonly kind: 'created'; readonly price: Price }
  | { readonly kind: 'unknown-model' }
  /** No such offer, or not one of this model. */
  | { readonly kind: 'unknown-offer' }
  /** There is a price of this class from this very moment, and prices are never changed. */
  | { readonly kind: 'exists' }
  /** A later price is in force already, so this one would never count. */
  | { readonly kind: 'superseded'; readonly by: Price }

/** Sets the operator's price, which goes before any price list's. Calls that are under way keep the prices they began with. */
export function createPrice(db: Db, price: NewPrice): Promise<PriceCreated> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    if (!(await findModelRow(tx, price.modelId))) return { kind: 'unknown-model' }
    if (price.offerId !== undefined && (await findOfferRow(tx, price.offerId))?.model_id !== price.modelId) {
      return { kind: 'unknown-offer' }
    }
    const validFrom = price.validFrom ?? price.now
    const others = await listPriceRowsOf(tx, { modelId: price.modelId, offerId: price.offerId, class: price.class })
    if (others.some((row) => row.valid_from.getTime() === validFrom.getTime())) return { kind: 'exists' }
    const later = others
      .filter((row) => row.source === operatorSource && row.valid_from > validFrom && row.valid_from <= price.now)
      .toSorted((a, b) => b.valid_from.getTime() - a.valid_from.getTime())[0]
    if (later) return { kind: 'superseded', by: priceOfRow(later) }
    const row: PriceRow = {
      id: price.id,
      model_id: price.modelId,
      offer_id: price.offerId ?? null,
      class: price.class,
      nano_per_million: price.perMillion,
      valid_from: validFrom,
      source: operatorSource,
      created_at: price.now,
    }
    await insertPrices(tx, [row])
    return { kind: 'created', price: priceOfRow(row) }
  })
}

/** Newest first, future ones too; the next page begins before the last id of this one. */
export const listPrices = async (
  db: Db,
  { modelId, offerId, beforeId, limit }: Partial<PriceFilter> & Pick<PriceFilter, 'limit'>,
): Promise<readonly Price[]> => (await listPriceRows(db, { modelId, offerId, beforeId, limit })).map(priceOfRow)

export const priceOfRow = (row: PriceRow): Price => ({
  id: row.id,
  modelId: row.model_id,
  offerId: row.offer_id ?? undefined,
  class: row.class,
  perMillion: nanoUsdPerMillion(row.nano_per_million),
  validFrom: row.valid_from,
  source: row.source,
})
