import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsdPerMillion } from '../../core/money.ts'
import type { UnitClass } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import type { OfferFactsRecord, ProviderFactsRecord } from '../facts.ts'
import type { Modality, ProviderRecord } from '../types.ts'

export type ProviderRow = {
  id: Uuid
  name: string
  dialect: string
  base_url: string
  api_key_sealed: string | null
  allow_private: boolean
  source: ProviderRecord['source']
  disabled: boolean
  available: boolean
  facts: ProviderFactsRecord
  created_at: Date
  deleted_at: Date | null
}

export type RowSource = 'seed' | 'operator'

export type ModelRow = {
  id: string
  name: string
  description: string
  context_length: number | null
  output_tokens_max: number | null
  input_modalities: Modality[]
  output_modalities: Modality[]
  supported_parameters: string[]
  disabled: boolean
  source: RowSource
  edited_at: Date | null
  created_at: Date
  deleted_at: Date | null
}

export type AliasRow = { alias: string; model_id: string }

export type OfferRow = {
  id: Uuid
  model_id: string
  provider_id: Uuid
  upstream_model: string
  provider_share_bps: number
  capabilities: Record<string, boolean>
  facts: OfferFactsRecord
  disabled: boolean
  available: boolean
  source: RowSource
  edited_at: Date | null
  created_at: Date
  deleted_at: Date | null
}

export type PriceRow = {
  id: Uuid
  model_id: string
  offer_id: Uuid | null
  class: UnitClass
  nano_per_million: NanoUsdPerMillion
  valid_from: Date
  source: string
  created_at: Date
}

export type CatalogTables = {
  provider: ProviderRow
  model: ModelRow
  model_alias: AliasRow
  offer: OfferRow
  price: PriceRow
  catalog_version: { version: bigint }
}

export const tables = (db: Db) => db.withTables<CatalogTables>()

/** Changes of the catalog happen one after the other; held to the end of the transaction. */
export const lockCatalog = (db: Db) => sql`select pg_advisory_xact_lock(hashtext('redpill-catalog'))`.execute(db)

export const readVersion = async (db: Db): Promise<bigint> => {
  const { version } = await tables(db).selectFrom('catalog_version').select('version').executeTakeFirstOrThrow()
  return version
}
