import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import {
  deleteProviderKeyRow,
  findProviderKeyRow,
  listProviderKeyRows,
  type ProviderKeyRow,
  upsertProviderKey,
} from './store.ts'

/** An account's own key at a provider, without the key. */
export type ProviderKey = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly providerId: Uuid
  /** The last characters, for people. */
  readonly label: string
  /** Whether the operator's key may be used where this one failed. */
  readonly fallback: boolean
  readonly createdAt: Date
}

export type NewProviderKey = Omit<ProviderKey, 'label'> & { readonly apiKey: string }

const shownCharacters = 4
/** Of a shorter key nothing is shown. */
const shownFrom = 16

/** Keeps a key, sealed, in place of the one that the account had at that provider. Every process knows before its next call. */
export async function setProviderKey(
  db: Db,
  key: NewProviderKey,
  secrets: Pick<Secrets, 'seal'>,
): Promise<ProviderKey> {
  const { apiKey } = key
  return providerKeyOf(
    await upsertProviderKey(db, {
      id: key.id,
      account_id: key.accountId,
      provider_id: key.providerId,
      api_key_sealed: secrets.seal(apiKey),
      label: apiKey.length < shownFrom ? '...' : `...${apiKey.slice(-shownCharacters)}`,
      fallback: key.fallback,
      created_at: key.createdAt,
    }),
  )
}

/** Of one account, or of all; newest first. */
export const listProviderKeys = async (db: Db, accountId: Uuid | undefined): Promise<readonly ProviderKey[]> =>
  (await listProviderKeyRows(db, accountId)).map(providerKeyOf)

export const findProviderKey = async (db: Db, id: Uuid): Promise<ProviderKey | undefined> => {
  const row = await findProviderKeyRow(db, id)
  return row && providerKeyOf(row)
}

/** Forgets the key. `false`: there was none. */
export const deleteProviderKey = async (db: Db, id: Uuid): Promise<boolean> => {
  const gone = await deleteProviderKeyRow(db, id)
  return gone.numDeletedRows > 0n
}

const providerKeyOf = (row: ProviderKeyRow): ProviderKey => ({
  id: row.id,
  accountId: row.account_id,
  providerId: row.provider_id,
  label: row.label,
  fallback: row.fallback,
  createdAt: row.created_at,
})
