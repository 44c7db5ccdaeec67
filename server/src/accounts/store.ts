import { sql } from 'kysely'
import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import type { AccountKind, KeyKind } from './types.ts'

/** Null: as the server is set. */
export type RateColumns = {
  requests_per_minute: number | null
  tokens_per_minute: bigint | null
  parallel_max: number | null
}

export type AccountRow = {
  id: Uuid
  name: string
  kind: AccountKind
  frozen: boolean
  created_at: Date
  deleted_at: Date | null
} & RateColumns

/** Null allows everything. */
export type PolicyColumns = {
  allowed_models: string[] | null
  allowed_providers: string[] | null
  allowed_addresses: string[] | null
}

/** Null leaves it to the request, or to the server. */
export type KeepingColumns = { cache_seconds: number | null; store_answers: boolean | null }

export type KeyRow = {
  id: Uuid
  account_id: Uuid
  kind: KeyKind
  name: string
  label: string
  secret_hmac: Buffer
  previous_hmac: Buffer | null
  previous_until: Date | null
  disabled: boolean
  expires_at: Date | null
  created_at: Date
  deleted_at: Date | null
} & RateColumns &
  PolicyColumns &
  KeepingColumns

export type ProviderKeyRow = {
  id: Uuid
  account_id: Uuid
  provider_id: Uuid
  api_key_sealed: string
  label: string
  fallback: boolean
  created_at: Date
}

const tables = (db: Db) => db.withTables<{ account: AccountRow; api_key: KeyRow; provider_key: ProviderKeyRow }>()

export const insertAccount = (db: Db, row: AccountRow) => tables(db).insertInto('account').values(row).execute()

export const findAccountRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()

export const findAccountRows = (db: Db, ids: readonly Uuid[]) =>
  tables(db).selectFrom('account').selectAll().where('id', 'in', ids).execute()

/** An account that is not deleted, and that nobody deletes until the transaction ends. */
export const keepAccountRow = (db: Db, id: Uuid) =>
  tables(db)
    .selectFrom('account')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forKeyShare()
    .executeTakeFirst()

/** The same, against everybody: whoever keeps the account is waited for. */
export const lockAccountRow = (db: Db, id: Uuid) =>
  tables(db)
    .selectFrom('account')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()

export const findOperatorRow = (db: Db) =>
  tables(db).selectFrom('account').selectAll().where('kind', '=', 'operator').executeTakeFirst()

/** Newest first. */
export const listAccountRows = (
  db: Db,
  page: {
    readonly beforeId: Uuid | undefined
    readonly named: string | undefined
    readonly among: readonly Uuid[] | undefined
    readonly limit: number
  },
) =>
  tables(db)
    .selectFrom('account')
    .selectAll()
    .where('deleted_at', 'is', null)
    .$if(page.beforeId !== undefined, (query) => query.where('id', '<', page.beforeId!))
    .$if(page.named !== undefined, (query) =>
      query.where(
        sql<boolean>`strpos(lower(name), lower(${page.named!})) > 0 or id::text = ${page.named!.toLowerCase()}`,
      ),
    )
    .$if(page.among !== undefined, (query) => query.where(sql<boolean>`id = any(${page.among}::uuid[])`))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()

export const updateAccountRow = (db: Db, id: Uuid, change: Partial<Omit<AccountRow, 'id' | 'kind' | 'created_at'>>) =>
  tables(db).updateTable('account').set(change).where('id', '=', id).returningAll().executeTakeFirst()

export const insertKey = (db: Db, row: KeyRow) => tables(db).insertInto('api_key').values(row).execute()

export const findKeyRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('api_key').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst()

export const lockKeyRow = (db: Db, id: Uuid) =>
  tables(db)
    .selectFrom('api_key')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()

/** Which of an account's keys are meant; all that is given must match. */
export type KeyFilter = {
  readonly kind?: KeyRow['kind'] | undefined
  /** A part of its name or of its label, in any case. */
  readonly search?: string | undefined
  readonly state?: { readonly is: 'active' | 'frozen' | 'expired'; readonly at: Date } | undefined
}

const named = (part: string) => {
  const pattern = `%${part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return sql<boolean>`(name ilike ${pattern} or label ilike ${pattern})`
}

/** A key that is frozen and expired is frozen. */
function inState({ is, at }: NonNullable<KeyFilter['state']>) {
  switch (is) {
    case 'frozen':
      return sql<boolean>`disabled`
    case 'expired':
      return sql<boolean>`(not disabled and expires_at <= ${at})`
    case 'active':
      return sql<boolean>`(not disabled and (expires_at is null or expires_at > ${at}))`
  }
}

export type KeyPage = {
  /** `undefined`: the keys of every account. */
  readonly accountId: Uuid | undefined
  readonly beforeId: Uuid | undefined
  readonly limit: number
  /** How many of these are passed over. */
  readonly offset: number
  readonly filter: KeyFilter
}

/** Newest first. */
export const listKeyRows = (db: Db, page: KeyPage) =>
  tables(db)
    .selectFrom('api_key')
    .selectAll()
    .where('deleted_at', 'is', null)
    .$if(page.accountId !== undefined, (query) => query.where('account_id', '=', page.accountId!))
    .$if(page.beforeId !== undefined, (query) => query.where('id', '<', page.beforeId!))
    .$if(page.filter.kind !== undefined, (query) => query.where('kind', '=', page.filter.kind!))
    .$if(page.filter.search !== undefined, (query) => query.where(named(page.filter.search!)))
    .$if(page.filter.state !== undefined, (query) => query.where(inState(page.filter.state!)))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()

export const updateKeyRow = (
  db: Db,
  id: Uuid,
  change: Partial<Omit<KeyRow, 'id' | 'account_id' | 'kind' | 'created_at'>>,
) => tables(db).updateTable('api_key').set(change).where('id', '=', id).returningAll().executeTakeFirst()

/** Every key of an account stops working. */
export const deleteKeysOf = (db: Db, accountId: Uuid, at: Date) =>
  tables(db)
    .updateTable('api_key')
    .set({ deleted_at: at })
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .execute()

/** The keys behind hashes, with their accounts; one look-up for all that are asked for at once. */
export const findCallerRows = (db: Db, hmacs: readonly Buffer[]) =>
  tables(db)
    .selectFrom('api_key')
    .innerJoin('account', 'account.id', 'api_key.account_id')
    .selectAll('api_key')
    .select([
      'account.kind as account_kind',
      'account.frozen as account_frozen',
      'account.requests_per_minute as account_requests_per_minute',
      'account.tokens_per_minute as account_tokens_per_minute',
      'account.parallel_max as account_parallel_max',
    ])
    .where((is) => is.or([is('api_key.secret_hmac', 'in', hmacs), is('api_key.previous_hmac', 'in', hmacs)]))
    .where('api_key.deleted_at', 'is', null)
    .execute()

/** Held to the end of the transaction: first runs happen one after the other. */
export const lockBootstrap = (db: Db) => sql`select pg_advisory_xact_lock(hashtext('redpill-bootstrap'))`.execute(db)

export type CallerRow = Awaited<ReturnType<typeof findCallerRows>>[number]

/** One for each account and provider: a new one takes the place, and the id, of the one before. */
export const upsertProviderKey = (db: Db, row: ProviderKeyRow) =>
  tables(db)
    .insertInto('provider_key')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'provider_id']).doUpdateSet((excluded) => ({
        api_key_sealed: excluded.ref('excluded.api_key_sealed'),
        label: excluded.ref('excluded.label'),
        fallback: excluded.ref('excluded.fallback'),
        created_at: excluded.ref('excluded.created_at'),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow()

export const listProviderKeyRows = (db: Db, accountId: Uuid | undefined) =>
  tables(db)
    .selectFrom('provider_key')
    .selectAll()
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId!))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()

export const findProviderKeyRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('provider_key').selectAll().where('id', '=', id).executeTakeFirst()

export const deleteProviderKeyRow = (db: Db, id: Uuid) =>
  tables(db).deleteFrom('provider_key').where('id', '=', id).executeTakeFirst()

export const deleteProviderKeysOf = (db: Db, accountId: Uuid) =>
  tables(db).deleteFrom('provider_key').where('account_id', '=', accountId).execute()

/** The keys of several accounts. */
export const findProviderKeyRows = (db: Db, accountIds: readonly Uuid[]) =>
  tables(db).selectFrom('provider_key').selectAll().where('account_id', 'in', accountIds).execute()

/** What keys are called, deleted ones too. */
export const findKeyNameRows = (db: Db, ids: readonly Uuid[]) =>
  tables(db).selectFrom('api_key').select(['id', 'name', 'label']).where('id', 'in', ids).execute()
