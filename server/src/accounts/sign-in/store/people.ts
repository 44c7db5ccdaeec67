import { sql } from 'kysely'
import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { IdentityKind } from '../types.ts'

export type PersonRow = {
  id: Uuid
  name: string
  email: string | null
  created_at: Date
  signed_in_at: Date | null
  deleted_at: Date | null
}

export type IdentityRow = {
  id: Uuid
  person_id: Uuid
  kind: IdentityKind
  subject: string
  name: string
  created_at: Date
  used_at: Date | null
}

type WelcomeRow = { mailbox_hmac: Buffer; person_id: Uuid; given_at: Date }

const tables = (db: Db) => db.withTables<{ person: PersonRow; identity: IdentityRow; welcome: WelcomeRow }>()

export const insertPerson = (db: Db, row: PersonRow) => tables(db).insertInto('person').values(row).execute()

export const findPersonRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst()

/** Until the end of the transaction nobody else changes the ways in of this person. */
export const lockPersonRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('person').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()

export const updatePersonRow = (db: Db, id: Uuid, change: Partial<Omit<PersonRow, 'id' | 'created_at'>>) =>
  tables(db).updateTable('person').set(change).where('id', '=', id).returningAll().executeTakeFirst()

/** `false` when somebody has that identity already. */
export const insertIdentity = async (db: Db, row: IdentityRow): Promise<boolean> => {
  const inserted = await tables(db)
    .insertInto('identity')
    .values(row)
    .onConflict((conflict) => conflict.columns(['kind', 'subject']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

export const findIdentityRow = (db: Db, { kind, subject }: Pick<IdentityRow, 'kind' | 'subject'>) =>
  tables(db)
    .selectFrom('identity')
    .selectAll()
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .executeTakeFirst()

/** Held to the end of the transaction: of those who prove the same at once, one comes after the other. */
export const lockIdentity = (db: Db, { kind, subject }: Pick<IdentityRow, 'kind' | 'subject'>) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`redpill identity ${kind} ${subject}`}, 0))`.execute(db)

/** In the order in which they came. */
export const listIdentityRows = (db: Db, personId: Uuid) =>
  tables(db).selectFrom('identity').selectAll().where('person_id', '=', personId).orderBy('id').execute()

export const updateIdentityRow = (
  db: Db,
  { id, personId, kind }: { readonly id: Uuid; readonly personId: Uuid; readonly kind: IdentityKind },
  change: Partial<Pick<IdentityRow, 'name' | 'used_at'>>,
) =>
  tables(db)
    .updateTable('identity')
    .set(change)
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .where('kind', '=', kind)
    .returningAll()
    .executeTakeFirst()

export const deleteIdentityRow = (db: Db, id: Uuid) =>
  tables(db).deleteFrom('identity').where('id', '=', id).executeTakeFirst()

export const deleteIdentitiesOf = (db: Db, personId: Uuid) =>
  tables(db).deleteFrom('identity').where('person_id', '=', personId).execute()

/** `false` when this mailbox, or this person, was welcomed before. */
export const insertWelcome = async (db: Db, row: WelcomeRow): Promise<boolean> => {
  const inserted = await tables(db)
    .insertInto('welcome')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}
