import type { Uuid } from '../../../core/ids.ts'
import type { Db } from '../../../platform/database/index.ts'

export type ChallengeKind = 'link' | 'email' | 'passkey' | 'passkey-new' | 'wallet' | 'oauth'

export type ChallengeRow = {
  id: Uuid
  kind: ChallengeKind
  secret_hmac: Buffer
  browser_hmac: Buffer | null
  person_id: Uuid | null
  subject: string | null
  sealed: string | null
  tries: number
  created_at: Date
  expires_at: Date
}

const tables = (db: Db) => db.withTables<{ sign_in_challenge: ChallengeRow }>()

export const insertChallenge = (db: Db, row: ChallengeRow) =>
  tables(db).insertInto('sign_in_challenge').values(row).execute()

export type Taking = {
  readonly kind: ChallengeKind
  readonly secretHmac: Buffer
  /** Null: any browser may. */
  readonly browserHmac: Buffer | null
  /** Who gets a way in by it, null for whoever signs in; absent: whoever it is for. */
  readonly personId?: Uuid | null
  readonly now: Date
}

/** Takes a challenge away by what answers it: of any number at once, one gets it. */
export const takeChallengeBySecret = (db: Db, { kind, secretHmac, browserHmac, personId, now }: Taking) =>
  tables(db)
    .deleteFrom('sign_in_challenge')
    .where('kind', '=', kind)
    .where('secret_hmac', '=', secretHmac)
    .where('browser_hmac', 'is not distinct from', browserHmac)
    .$if(personId !== undefined, (query) => query.where('person_id', 'is not distinct from', personId!))
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()

export type Guess = {
  readonly kind: ChallengeKind
  readonly id: Uuid
  readonly browserHmac: Buffer
  /** Who gets a way in by it; null: whoever is found signs in. */
  readonly personId: Uuid | null
  readonly triesMax: number
  readonly now: Date
}

/** Counts a guess and gives what was asked; `undefined` when there is no such question, or too many guesses were made. */
export const countGuess = (db: Db, { kind, id, browserHmac, personId, triesMax, now }: Guess) =>
  tables(db)
    .updateTable('sign_in_challenge')
    .set((set) => ({ tries: set('tries', '+', 1) }))
    .where('id', '=', id)
    .where('kind', '=', kind)
    .where('browser_hmac', '=', browserHmac)
    .where('person_id', 'is not distinct from', personId)
    .where('tries', '<', triesMax)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()

/** `false` when somebody else took it. */
export const deleteChallenge = async (db: Db, id: Uuid): Promise<boolean> => {
  const gone = await tables(db).deleteFrom('sign_in_challenge').where('id', '=', id).executeTakeFirst()
  return gone.numDeletedRows > 0n
}

export const deleteChallengesOf = (db: Db, personId: Uuid) =>
  tables(db).deleteFrom('sign_in_challenge').where('person_id', '=', personId).execute()

/** Those that were sealed for the operator to read, newest first. */
export const listSealedChallenges = (db: Db, kind: ChallengeKind, now: Date) =>
  tables(db)
    .selectFrom('sign_in_challenge')
    .selectAll()
    .where('kind', '=', kind)
    .where('sealed', 'is not', null)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .limit(100)
    .execute()

export const deleteExpiredChallenges = (db: Db, now: Date) =>
  tables(db).deleteFrom('sign_in_challenge').where('expires_at', '<=', now).execute()
