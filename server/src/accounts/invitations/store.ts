import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { MemberRole } from '../permissions.ts'
import type { AccountKind } from '../types.ts'

export type InvitationRow = {
  id: Uuid
  account_id: Uuid
  email: string
  role: MemberRole
  token_hmac: Buffer
  invited_by: Uuid | null
  created_at: Date
  expires_at: Date
  accepted_at: Date | null
  accepted_by: Uuid | null
  revoked_at: Date | null
}

type Tables = {
  invitation: InvitationRow
  account: { id: Uuid; name: string; kind: AccountKind; deleted_at: Date | null }
  person: { id: Uuid; name: string }
}

/** Rows of server/migrations/0013-members-and-audit.sql. */
const tables = (db: Db) => db.withTables<Tables>()

export const insertInvitation = (db: Db, row: InvitationRow) =>
  tables(db).insertInto('invitation').values(row).execute()

/** Neither accepted nor revoked; whether it has expired is for the reader to see. */
const open = (db: Db) =>
  tables(db)
    .selectFrom('invitation')
    .innerJoin('account', 'account.id', 'invitation.account_id')
    .leftJoin('person', 'person.id', 'invitation.invited_by')
    .selectAll('invitation')
    .select(['account.name as account_name', 'account.kind as account_kind', 'person.name as inviter'])
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('account.deleted_at', 'is', null)

export type NamedInvitationRow = Awaited<ReturnType<typeof listOpenRows>>[number]

/** Newest first. */
export const listOpenRows = (db: Db, accountId: Uuid) =>
  open(db).where('account_id', '=', accountId).orderBy('invitation.id', 'desc').execute()

export const findOpenRow = (db: Db, id: Uuid) => open(db).where('invitation.id', '=', id).executeTakeFirst()

export const findOpenRowByToken = (db: Db, tokenHmac: Buffer) =>
  open(db).where('token_hmac', '=', tokenHmac).executeTakeFirst()

/** Whether an address is invited to anything at `now`. */
export const isInvitedRow = async (db: Db, email: string, now: Date): Promise<boolean> =>
  (await open(db)
    .where('invitation.email', '=', email)
    .where('invitation.expires_at', '>', now)
    .limit(1)
    .executeTakeFirst()) !== undefined

/** `false`: somebody else was first. */
export const acceptRow = async (db: Db, id: Uuid, personId: Uuid, at: Date): Promise<boolean> => {
  const accepted = tables(db)
    .updateTable('invitation')
    .set({ accepted_at: at, accepted_by: personId })
    .where('id', '=', id)
  const done = await accepted.where('accepted_at', 'is', null).where('revoked_at', 'is', null).executeTakeFirst()
  return done.numUpdatedRows === 1n
}

export const revokeRow = async (db: Db, id: Uuid, at: Date): Promise<boolean> => {
  const revoked = tables(db).updateTable('invitation').set({ revoked_at: at }).where('id', '=', id)
  const done = await revoked.where('accepted_at', 'is', null).where('revoked_at', 'is', null).executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/** Those of somebody who may not invite any more: they had the links in their hands. */
export const revokeRowsBy = (db: Db, accountId: Uuid, personId: Uuid, at: Date) =>
  tables(db)
    .updateTable('invitation')
    .set({ revoked_at: at })
    .where('account_id', '=', accountId)
    .where('invited_by', '=', personId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()

/** Of an account that is deleted: open ones are revoked, and whom they all were for is forgotten. */
export const forgetInvitations = async (db: Db, accountId: Uuid, at: Date): Promise<void> => {
  const own = tables(db).updateTable('invitation').where('account_id', '=', accountId)
  await own.set({ email: 'forgotten' }).execute()
  await own.set({ revoked_at: at }).where('accepted_at', 'is', null).where('revoked_at', 'is', null).execute()
}

/** Of a person who is deleted: what they sent is revoked. */
export const revokeAllRowsBy = (db: Db, personId: Uuid, at: Date) =>
  tables(db)
    .updateTable('invitation')
    .set({ revoked_at: at })
    .where('invited_by', '=', personId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
