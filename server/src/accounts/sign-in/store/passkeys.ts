import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { IdentityRow } from './people.ts'

export type PasskeyRow = {
  identity_id: Uuid
  public_key: Buffer
  counter: bigint
  transports: string[]
  backed_up: boolean
}

const tables = (db: Db) => db.withTables<{ passkey: PasskeyRow; identity: IdentityRow }>()

export const insertPasskey = (db: Db, row: PasskeyRow) => tables(db).insertInto('passkey').values(row).execute()

/** By the id that its authenticator gave it. */
export const findPasskeyRow = (db: Db, credentialId: string) =>
  tables(db)
    .selectFrom('identity')
    .innerJoin('passkey', 'passkey.identity_id', 'identity.id')
    .selectAll('passkey')
    .select('identity.person_id')
    .where('identity.kind', '=', 'passkey')
    .where('identity.subject', '=', credentialId)
    .executeTakeFirst()

export const listPasskeyRows = (db: Db, personId: Uuid) =>
  tables(db)
    .selectFrom('identity')
    .innerJoin('passkey', 'passkey.identity_id', 'identity.id')
    .select(['identity.subject', 'passkey.transports'])
    .where('identity.person_id', '=', personId)
    .execute()

/** `false` when another answer, with a counter as high, came first. Authenticators that do not count stay at 0. */
export const raiseCounter = async (
  db: Db,
  id: Uuid,
  { counter, backedUp }: { readonly counter: bigint; readonly backedUp: boolean },
): Promise<boolean> => {
  const raised = await tables(db)
    .updateTable('passkey')
    .set({ counter, backed_up: backedUp })
    .where('identity_id', '=', id)
    .where((is) => (counter === 0n ? is('counter', '=', 0n) : is('counter', '<', counter)))
    .executeTakeFirst()
  return raised.numUpdatedRows > 0n
}
