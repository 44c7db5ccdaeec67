import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { AccountKind } from '../types.ts'
import type { MemberRole } from '../permissions.ts'
import { findFirstOwnerRow, insertMember, listMembershipRows } from './store.ts'

/** An account as one of its members sees it. */
export type Membership = {
  readonly accountId: Uuid
  readonly accountName: string
  readonly accountKind: AccountKind
  readonly role: MemberRole
}

export type NewMember = {
  readonly accountId: Uuid
  readonly personId: Uuid
  readonly role: MemberRole
  readonly createdAt: Date
}

export const addMember = (db: Db, { accountId, personId, role, createdAt }: NewMember) =>
  insertMember(db, { account_id: accountId, person_id: personId, role, created_at: createdAt })

/** The operator's account first, then in the order in which the person came to them. */
export const listMemberships = async (db: Db, personId: Uuid): Promise<readonly Membership[]> =>
  (await listMembershipRows(db, personId)).map(({ account_id: accountId, name, kind, role }) => ({
    accountId,
    accountName: name,
    accountKind: kind,
    role,
  }))

export const findFirstOwner = async (db: Db, accountId: Uuid): Promise<Uuid | undefined> =>
  (await findFirstOwnerRow(db, accountId))?.person_id
