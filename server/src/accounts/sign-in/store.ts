import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { SignInMethod } from './types.ts'

export type PersonRow = {
  id: Uuid
  name: string
  email: string | null
  created_at: Date
  signed_in_at: Date | null
}

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

export type ChallengeRow = {
  id: Uuid
  kind: 'link' | 'email' | 'passkey' | 'passkey-new' | 'wallet' | 'oauth'
  secret_hmac: Buffer
  browser_hmac: Buffer | null
  person_id: Uuid | null
  subject: string | null
  sealed: string | null
  tries: number
  created_at: Date
  expires_at: Date
}

const tables = (db: Db) => db.withTables<{ person: PersonRow; session: SessionRow; sign_in_challenge: ChallengeRow }>()

export const insertPerson = (db: Db, row: PersonRow) => tables(db).insertInto('person').values(row).execute()

export const findPersonRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst()

export const updatePersonRow = (db: Db, id: Uuid, change: Partial<Omit<PersonRow, 'id' | 'created_at'>>) =>
  tables(db).updateTable('person').set(change).where('id', '=', id).returningAll().executeTakeFirst()

export const insertSession = (db: Db, row: SessionRow) => tables(db).insertInto('session').values(row).execute()

/** A session that is alive at `now`, with its person. */
export const findSessionRow = (db: Db, tokenHmac: Buffer, { now, seenSince }: { now: Date; seenSince: Date }) =>
  tables(db)
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .select([
      ...['session.id', 'session.created_at', 'session.seen_at', 'session.expires_at', 'session.person_id'],
      ...['person.name', 'person.email', 'person.created_at as person_created_at'],
    ] as const)
    .where('token_hmac', '=', tokenHmac)
    .where('expires_at', '>', now)
    .where('seen_at', '>', seenSince)
    .executeTakeFirst()

export const touchSession = (db: Db, id: Uuid, seen: { readonly seen_at: Date; readonly address: string | null }) =>
  tables(db).updateTable('session').set(seen).where('id', '=', id).execute()

export const deleteSessionByToken = (db: Db, tokenHmac: Buffer) =>
  tables(db).deleteFrom('session').where('token_hmac', '=', tokenHmac).execute()

export const insertChallenge = (db: Db, row: ChallengeRow) =>
  tables(db).insertInto('sign_in_challenge').values(row).execute()

/** Takes a challenge away by what answers it: of any number at once, one gets it. */
export const takeChallengeBySecret = (
  db: Db,
  { kind, secretHmac, now }: { readonly kind: ChallengeRow['kind']; readonly secretHmac: Buffer; readonly now: Date },
) =>
  tables(db)
    .deleteFrom('sign_in_challenge')
    .where('kind', '=', kind)
    .where('secret_hmac', '=', secretHmac)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()

export const deleteExpiredSessions = async (db: Db, { now, seenSince }: { now: Date; seenSince: Date }) => {
  const gone = await tables(db)
    .deleteFrom('session')
    .where((is) => is.or([is('expires_at', '<=', now), is('seen_at', '<=', seenSince)]))
    .executeTakeFirst()
  return Number(gone.numDeletedRows)
}

export const deleteExpiredChallenges = (db: Db, now: Date) =>
  tables(db).deleteFrom('sign_in_challenge').where('expires_at', '<=', now).execute()
