import type { Chance, Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Secrets } from '../../platform/secrets.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { addMember } from '../members/members.ts'
import { findMember, type Member } from '../members/roster.ts'
import type { MemberRole } from '../permissions.ts'
import { lockRoster } from '../members/store.ts'
import { hashToken, makeToken } from '../sign-in/tokens.ts'
import {
  acceptRow,
  findOpenRow,
  findOpenRowByToken,
  insertInvitation,
  isInvitedRow,
  listOpenRows,
  type NamedInvitationRow,
  revokeRow,
  revokeRowsBy,
} from './store.ts'

const dayMs = 24 * 3_600_000
const livesMs = 7 * dayMs

/** An account has so many open at most; more are a mistake, or somebody who sends mail to strangers. */
export const openInvitationsMax = 100

/** An open invitation. */
export type Invitation = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly accountName: string
  readonly email: string
  readonly role: MemberRole
  /** The name of the person; `undefined`: a key of the operator. */
  readonly inviter: string | undefined
  readonly createdAt: Date
  readonly expiresAt: Date
}

export type InvitationTools = {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly chance: Chance
  readonly makeId: MakeId
  readonly secrets: Pick<Secrets, 'hmac'>
}

export type NewInvitation = {
  readonly accountId: Uuid
  readonly email: string
  readonly role: MemberRole
  readonly invitedBy: Uuid | undefined
}

export type Invited =
  /** Whoever bears the token may join: it is stored nowhere, so show it once. */
  { readonly kind: 'invited'; readonly invitation: Invitation; readonly token: string } | { readonly kind: 'too-many' }

/** Asks somebody to join; an open invitation to the same address is replaced. */
export function invite(db: Db, { accountId, email, role, invitedBy }: NewInvitation, tools: InvitationTools) {
  const now = new Date(tools.clock.nowMs())
  const token = makeToken(tools.chance)
  return inTransaction(db, async (tx): Promise<Invited> => {
    const open = await listOpenRows(tx, accountId)
    for (const before of open) if (before.email === email) await revokeRow(tx, before.id, now)
    if (open.length >= openInvitationsMax) return { kind: 'too-many' }
    const id = tools.makeId()
    await insertInvitation(tx, {
      ...{ id, account_id: accountId, email, role, invited_by: invitedBy ?? null, created_at: now },
      token_hmac: hashToken(tools.secrets, 'invitation', token),
      expires_at: new Date(now.getTime() + livesMs),
      ...{ accepted_at: null, accepted_by: null, revoked_at: null },
    })
    const row = await findOpenRow(tx, id)
    return { kind: 'invited', invitation: invitationOf(row!), token }
  })
}

/** Open ones, newest first; those that have expired stay in sight until they are revoked or replaced. */
export const listInvitations = async (db: Db, accountId: Uuid): Promise<readonly Invitation[]> =>
  (await listOpenRows(db, accountId)).map(invitationOf)

export const findInvitation = async (db: Db, id: Uuid): Promise<Invitation | undefined> => {
  const row = await findOpenRow(db, id)
  return row && invitationOf(row)
}

export const revokeInvitation = (db: Db, id: Uuid, now: Date): Promise<boolean> => revokeRow(db, id, now)

/** Takes back what somebody sent who may not invite any more: they had the links in their hands. */
export const revokeInvitationsBy = (
  db: Db,
  { accountId, personId }: { readonly accountId: Uuid; readonly personId: Uuid },
  now: Date,
) => revokeRowsBy(db, accountId, personId, now)

/** The invitation that a link leads to, as long as it may be accepted. */
export async function invitationOfToken(
  db: Db,
  token: string,
  { secrets, clock }: Pick<InvitationTools, 'secrets' | 'clock'>,
): Promise<Invitation | undefined> {
  const row = await findOpenRowByToken(db, hashToken(secrets, 'invitation', token))
  return row && row.expires_at.getTime() > clock.nowMs() ? invitationOf(row) : undefined
}

/** Whether somebody with this address is asked to join anything. */
export const isInvited = (db: Db, email: string, { clock }: Pick<InvitationTools, 'clock'>): Promise<boolean> =>
  isInvitedRow(db, email, new Date(clock.nowMs()))

export type Accepted =
  | { readonly kind: 'accepted'; readonly invitation: Invitation; readonly member: Member }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'member-already'; readonly invitation: Invitation }

/** Joins the account of an invitation, once: of two who bear the same link, the first. */
export function acceptInvitation(
  db: Db,
  { token, personId }: { readonly token: string; readonly personId: Uuid },
  tools: InvitationTools,
): Promise<Accepted> {
  const now = new Date(tools.clock.nowMs())
  return inTransaction(db, async (tx) => {
    const invitation = await invitationOfToken(tx, token, tools)
    if (!invitation) return { kind: 'unknown' }
    const { accountId, role } = invitation
    await lockRoster(tx, accountId)
    if (await findMember(tx, { accountId, personId })) return { kind: 'member-already', invitation }
    if (!(await acceptRow(tx, invitation.id, personId, now))) return { kind: 'unknown' }
    await addMember(tx, { accountId, personId, role, createdAt: now })
    const member = await findMember(tx, { accountId, personId })
    return { kind: 'accepted', invitation, member: member! }
  })
}

const invitationOf = (row: NamedInvitationRow): Invitation => ({
  id: row.id,
  accountId: row.account_id,
  accountName: row.account_name,
  email: row.email,
  role: row.role,
  inviter: row.inviter ?? undefined,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})
