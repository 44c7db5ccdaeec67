import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { type PriceRow, tables } from './tables.ts'

export const listAllPriceRows = (db: Db) => tables(db).selectFrom('price').selectAll().execute()

export type PriceFilter = {
  readonly modelId: string | undefined
  readonly offerId: Uuid | undefined
  readonly beforeId: Uuid | undefined
  readonly limit: number
}

/** Newest first. */
export const listPriceRows = (db: Db, filter: PriceFilter) =>
  tables(db)
    .selectFrom('price')
    .selectAll()
    .$if(filter.modelId !== undefined, (query) => query.where('model_id', '=', filter.modelId!))
    .$if(filter.offerId !== undefined, (query) => query.where('offer_id', '=', filter.offerId!))
    .$if(filter.beforeId !== undefined, (query) => query.where('id', '<', filter.beforeId!))
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute()

/** All prices of a class for a model (`offerId` undefined) or for one offer of it. */
export const listPriceRowsOf = (db: Db, of: { modelId: string; offerId: Uuid | undefined; class: PriceRow['class'] }) =>
  tables(db)
    .selectFrom('price')
    .selectAll()
    .where('model_id', '=', of.modelId)
    .where('class', '=', of.class)
    .where((eb) => (of.offerId === undefined ? eb('offer_id', 'is', null) : eb('offer_id', '=', of.offerId)))
    .execute()

export const insertPrices = (db: Db, rows: readonly PriceRow[]) => tables(db).insertInto('price').values(rows).execute()
