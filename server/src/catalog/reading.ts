import type { Uuid } from '../core/ids.ts'
import type { Database, Db } from '../platform/database/index.ts'
import { modelOf } from './models.ts'
import { offerOf } from './offers.ts'
import { priceOfRow } from './prices.ts'
import type { CatalogContents } from './snapshot.ts'
import { listAliasRows, listAllModelRows } from './store/models.ts'
import { listLiveOfferRows } from './store/offers.ts'
import { listAllPriceRows } from './store/prices.ts'
import { listProviderRows } from './store/providers.ts'
import { type ProviderRow, readVersion } from './store/tables.ts'

export type Reading = {
  readonly version: bigint
  readonly contents: CatalogContents
  readonly providers: ReadonlyMap<Uuid, ProviderRow>
}

/** Reads the whole catalog as of one moment. */
export const readCatalog = ({ db }: Pick<Database, 'db'>): Promise<Reading> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx: Db) => {
      const version = await readVersion(tx)
      const providers = await listProviderRows(tx)
      const aliases = Map.groupBy(await listAliasRows(tx), (row) => row.model_id)
      const models = (await listAllModelRows(tx)).filter((row) => row.deleted_at === null)
      const offers = await listLiveOfferRows(tx)
      const prices = await listAllPriceRows(tx)
      return {
        version,
        providers: new Map(providers.map((row) => [row.id, row])),
        contents: {
          models: models.map((row) =>
            modelOf(
              row,
              (aliases.get(row.id) ?? []).map(({ alias }) => alias),
            ),
          ),
          offers: offers.map(offerOf),
          prices: prices.map(priceOfRow),
        },
      }
    })
