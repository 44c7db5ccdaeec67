import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { ProviderFactsRecord } from '../facts.ts'
import { type OfferRow, tables } from './tables.ts'

/** Deleted ones too. */
export const listAllOfferRows = (db: Db) => tables(db).selectFrom('offer').selectAll().orderBy('id').execute()

/** Offers that are not deleted, with their provider's name and whether it can be used. */
const live = (db: Db) =>
  tables(db)
    .selectFrom('offer')
    .innerJoin('provider', 'provider.id', 'offer.provider_id')
    .selectAll('offer')
    .select([
      'provider.name as provider_name',
      'provider.disabled as provider_disabled',
      'provider.available as provider_available',
      'provider.dialect as provider_dialect',
      'provider.facts as provider_facts',
    ])
    .where('offer.deleted_at', 'is', null)

export type LiveOfferRow = OfferRow & {
  provider_name: string
  provider_disabled: boolean
  provider_available: boolean
  provider_dialect: string
  provider_facts: ProviderFactsRecord
}

export type OfferFilter = {
  readonly modelId: string | undefined
  readonly providerId: Uuid | undefined
  readonly afterId: Uuid | undefined
  readonly limit: number
}

/** Ordered by id. */
export const listOfferRows = (db: Db, filter: OfferFilter): Promise<LiveOfferRow[]> =>
  live(db)
    .$if(filter.modelId !== undefined, (query) => query.where('offer.model_id', '=', filter.modelId!))
    .$if(filter.providerId !== undefined, (query) => query.where('offer.provider_id', '=', filter.providerId!))
    .$if(filter.afterId !== undefined, (query) => query.where('offer.id', '>', filter.afterId!))
    .orderBy('offer.id')
    .limit(filter.limit)
    .execute()

export const listLiveOfferRows = (db: Db): Promise<LiveOfferRow[]> => live(db).execute()

export const findOfferRow = (db: Db, id: Uuid): Promise<LiveOfferRow | undefined> =>
  live(db).where('offer.id', '=', id).executeTakeFirst()

/** A deleted one too. */
export const findOfferRowOf = (db: Db, row: Pick<OfferRow, 'model_id' | 'provider_id' | 'upstream_model'>) =>
  tables(db)
    .selectFrom('offer')
    .selectAll()
    .where('model_id', '=', row.model_id)
    .where('provider_id', '=', row.provider_id)
    .where('upstream_model', '=', row.upstream_model)
    .executeTakeFirst()

export const countOffers = async (db: Db, of: { readonly modelId: string } | { readonly providerId: Uuid }) => {
  const { count } = await tables(db)
    .selectFrom('offer')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('deleted_at', 'is', null)
    .where((eb) => ('modelId' in of ? eb('model_id', '=', of.modelId) : eb('provider_id', '=', of.providerId)))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export const insertOffers = (db: Db, rows: readonly OfferRow[]) => tables(db).insertInto('offer').values(rows).execute()

export const updateOfferRow = (db: Db, id: Uuid, change: Partial<Omit<OfferRow, 'id'>>) =>
  tables(db).updateTable('offer').set(change).where('id', '=', id).execute()

export const setOffersAvailable = (db: Db, ids: readonly Uuid[], available: boolean) =>
  tables(db).updateTable('offer').set({ available }).where('id', 'in', ids).execute()
