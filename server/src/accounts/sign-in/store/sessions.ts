import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'
import type { SignInMethod } from '../types.ts'
import type { PersonRow } from './people.ts'

export type SessionRow = {
  id: Uuid
  person_id: Uuid
  token_hmac: Buffer
  method: SignInMethod
  device: string
  address: string | null
  created_at: Date
  seen_at: Date
  expires_at: Date
}

/** Sessions that are alive: not expired at `now`, and used after `seenSince`. */
export type Living = { readonly now: Date; readonly seenSince: Date }

const tables = (db: Db) => db.withTables<{ session: SessionRow; person: PersonRow }>()

export const insertSession = (db: Db, row: SessionRow) => tables(db).insertInto('session').values(row).execute()

/** With its person. */
export const findSessionRow = (db: Db, tokenHmac: Buffer, { now, seenSince }: Living) =>
  tables(db)
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .select(['session.id', 'session.created_at', 'session.seen_at', 'session.expires_at', 'session.person_id'])
    .select(['person.name', 'person.email', 'person.created_at as person_created_at'])
    .where('token_hmac', '=', tokenHmac)
    .where('expires_at', '>', now)
    .where('seen_at', '>', seenSince)
    .executeTakeFirst()

/** The one used last first. */
export const listSessionRows = (db: Db, personId: Uuid, { now, seenSince }: Living) =>
  tables(db)
    .selectFrom('session')
    .selectAll()
    .where('person_id', '=', personId)
    .where('expires_at', '>', now)
    .where('seen_at', '>', seenSince)
    .orderBy('seen_at', 'desc')
    .orderBy('id')
    .execute()

export const touchSession = (db: Db, id: Uuid, seen: { readonly seen_at: Date; readonly address: string | null }) =>
  tables(db).updateTable('session').set(seen).where('id', '=', id).execute()

export const deleteSessionByToken = (db: Db, tokenHmac: Buffer) =>
  tables(db).deleteFrom('session').where('token_hmac', '=', tokenHmac).execute()

/** `false` when the person has no such session. */
export const deleteSessionOf = async (db: Db, personId: Uuid, id: Uuid): Promise<boolean> => {
  const gone = await tables(db)
    .deleteFrom('session')
    .where('person_id', '=', personId)
    .where('id', '=', id)
    .executeTakeFirst()
  return gone.numDeletedRows > 0n
}

export const deleteOtherSessionsOf = (db: Db, personId: Uuid, keptId: Uuid) =>
  tables(db).deleteFrom('session').where('person_id', '=', personId).where('id', '<>', keptId).execute()

export const deleteSessionsOf = (db: Db, personId: Uuid) =>
  tables(db).deleteFrom('session').where('person_id', '=', personId).execute()

export const deleteExpiredSessions = async (db: Db, { now, seenSince }: Living): Promise<number> => {
  const gone = await tables(db)
    .deleteFrom('session')
    .where((is) => is.or([is('expires_at', '<=', now), is('seen_at', '<=', seenSince)]))
    .executeTakeFirst()
  return Number(gone.numDeletedRows)
}
