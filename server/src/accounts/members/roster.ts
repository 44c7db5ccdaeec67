import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import type { MemberRole } from '../permissions.ts'
import {
  deleteMemberRow,
  findMemberRow,
  listMemberRows,
  lockRoster,
  type NamedMemberRow,
  countOwners,
  updateMemberRow,
} from './store.ts'

/** A person as the other members of an account see them. */
export type Member = {
  readonly personId: Uuid
  readonly name: string
  readonly email: string | undefined
  readonly role: MemberRole
  readonly since: Date
}

export type MemberOf = { readonly accountId: Uuid; readonly personId: Uuid }

/** What became of a change: an account never loses its last owner. */
export type RosterChange =
  | { readonly kind: 'changed'; readonly member: Member }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'last-owner' }

/** Owners first, then by role, those who came first before. */
export const listMembers = async (db: Db, accountId: Uuid): Promise<readonly Member[]> =>
  (await listMemberRows(db, accountId)).map(memberOf)

export const findMember = async (db: Db, { accountId, personId }: MemberOf): Promise<Member | undefined> => {
  const row = await findMemberRow(db, accountId, personId)
  return row && memberOf(row)
}

/** Changes of one account's members happen one after the other, so that two owners cannot demote each other at once. */
export const changeRole = (db: Db, member: MemberOf, role: MemberRole): Promise<RosterChange> =>
  changed(db, member, role !== 'owner', (tx) => updateMemberRow(tx, member.accountId, member.personId, role))

/** Takes somebody out of an account, or lets them leave. */
export const removeMember = (db: Db, member: MemberOf): Promise<RosterChange> =>
  changed(db, member, true, (tx) => deleteMemberRow(tx, member.accountId, member.personId))

export type Transfer = { readonly accountId: Uuid; readonly from: Uuid; readonly to: Uuid }

/** Makes one member an owner, and the owner an admin. `unknown`: the one is no member, or the other no owner. */
export function transferOwnership(db: Db, { accountId, from, to }: Transfer): Promise<RosterChange> {
  return inTransaction(db, async (tx) => {
    await lockRoster(tx, accountId)
    const [giver, taker] = [await findMemberRow(tx, accountId, from), await findMemberRow(tx, accountId, to)]
    if (giver?.role !== 'owner' || !taker || from === to) return { kind: 'unknown' }
    await updateMemberRow(tx, accountId, to, 'owner')
    await updateMemberRow(tx, accountId, from, 'admin')
    return { kind: 'changed', member: memberOf({ ...taker, role: 'owner' }) }
  })
}

function changed(
  db: Db,
  member: MemberOf,
  loses: boolean,
  change: (tx: Db) => Promise<unknown>,
): Promise<RosterChange> {
  const { accountId, personId } = member
  return inTransaction(db, async (tx) => {
    await lockRoster(tx, accountId)
    const before = await findMemberRow(tx, accountId, personId)
    if (!before) return { kind: 'unknown' }
    if (loses && before.role === 'owner' && (await countOwners(tx, accountId)) === 1) return { kind: 'last-owner' }
    await change(tx)
    const after = await findMemberRow(tx, accountId, personId)
    return { kind: 'changed', member: memberOf(after ?? before) }
  })
}

const memberOf = (row: NamedMemberRow): Member => ({
  personId: row.person_id,
  name: row.name,
  email: row.email ?? undefined,
  role: row.role,
  since: row.created_at,
})
