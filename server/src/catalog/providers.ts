import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { inTransaction } from '../platform/transaction.ts'
import type { ProviderFactsRecord } from './facts.ts'
import { countOffers } from './store/offers.ts'
import {
  findProviderRow,
  findProviderRowByName,
  insertProvider,
  listProviderRows,
  updateProviderRow,
} from './store/providers.ts'
import { lockCatalog, type ProviderRow } from './store/tables.ts'
import type { ProviderRecord } from './types.ts'

export type NewProvider = {
  readonly id: Uuid
  /** Stands in receipts, so it never changes: small letters, digits, dots, dashes and underscores. */
  readonly name: string
  readonly dialect: string
  readonly baseUrl: string
  readonly apiKey?: string | undefined
  readonly allowPrivate?: boolean | undefined
  readonly facts?: ProviderFactsRecord | undefined
  readonly createdAt: Date
}

export type ProviderCreated =
  | { readonly kind: 'created'; readonly provider: ProviderRecord }
  | { readonly kind: 'name-taken' }

/** The key is stored sealed. A deleted provider's name may be used again: its row, and its receipts, then mean the new one. */
export function createProvider(
  db: Db,
  provider: NewProvider,
  secrets: Pick<Secrets, 'seal'>,
): Promise<ProviderCreated> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    const before = await findProviderRowByName(tx, provider.name)
    if (before && !before.deleted_at) return { kind: 'name-taken' }
    const row: ProviderRow = {
      id: before?.id ?? provider.id,
      name: provider.name,
      dialect: provider.dialect,
      base_url: provider.baseUrl,
      api_key_sealed: sealKey(provider.apiKey, secrets),
      allow_private: provider.allowPrivate ?? false,
      source: 'operator',
      disabled: false,
      available: true,
      facts: { ...provider.facts },
      created_at: provider.createdAt,
      deleted_at: null,
    }
    if (before) await updateProviderRow(tx, before.id, row)
    else await insertProvider(tx, row)
    return { kind: 'created', provider: providerOf(row) }
  })
}

export const findProvider = async (db: Db, id: Uuid): Promise<ProviderRecord | undefined> => {
  const row = await findProviderRow(db, id)
  return row && providerOf(row)
}

/** Ordered by name. */
export const listProviders = async (db: Db): Promise<readonly ProviderRecord[]> =>
  (await listProviderRows(db)).map(providerOf)

/** What is absent stays as it is; facts are replaced as a whole; `apiKey: null` takes the key away. */
export type ProviderChange = {
  readonly dialect?: string | undefined
  readonly baseUrl?: string | undefined
  readonly apiKey?: string | null | undefined
  readonly allowPrivate?: boolean | undefined
  readonly facts?: ProviderFactsRecord | undefined
  readonly disabled?: boolean | undefined
}

export type ProviderChanged =
  | { readonly kind: 'changed'; readonly provider: ProviderRecord }
  | { readonly kind: 'unknown' }

/** Of a provider from the environment only `disabled` and the facts last: the rest is set anew at the next start. */
export function changeProvider(
  db: Db,
  id: Uuid,
  change: ProviderChange,
  secrets: Pick<Secrets, 'seal'>,
): Promise<ProviderChanged> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    const before = await findProviderRow(tx, id)
    if (!before) return { kind: 'unknown' }
    const row = await updateProviderRow(tx, id, {
      dialect: change.dialect ?? before.dialect,
      base_url: change.baseUrl ?? before.base_url,
      api_key_sealed: change.apiKey === undefined ? before.api_key_sealed : sealKey(change.apiKey, secrets),
      allow_private: change.allowPrivate ?? before.allow_private,
      facts: { ...(change.facts ?? before.facts) },
      disabled: change.disabled ?? before.disabled,
    })
    return { kind: 'changed', provider: providerOf(row) }
  })
}

export type Deleted =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unknown' }
  /** Offers hang on it: delete those first, or disable it instead. */
  | { readonly kind: 'in-use'; readonly offers: number }

/** Forgets the key. The seed does not bring the provider back. */
export function deleteProvider(db: Db, id: Uuid, at: Date): Promise<Deleted> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    if (!(await findProviderRow(tx, id))) return { kind: 'unknown' }
    const offers = await countOffers(tx, { providerId: id })
    if (offers > 0) return { kind: 'in-use', offers }
    await updateProviderRow(tx, id, { deleted_at: at, api_key_sealed: null })
    return { kind: 'deleted' }
  })
}

export const sealKey = (apiKey: string | null | undefined, secrets: Pick<Secrets, 'seal'>): string | null =>
  apiKey === null || apiKey === undefined ? null : secrets.seal(apiKey)

const providerOf = (row: ProviderRow): ProviderRecord => ({
  id: row.id,
  name: row.name,
  dialect: row.dialect,
  baseUrl: row.base_url,
  hasApiKey: row.api_key_sealed !== null,
  allowPrivate: row.allow_private,
  source: row.source,
  disabled: row.disabled,
  available: row.available,
  facts: row.facts,
  createdAt: row.created_at,
})
